import { expect, test } from 'vitest';
import type { PermissionStatement, ProviderOperation } from '../../../src/compute/permissions.ts';
import { permissions } from '../../../src/providers/ecs/permissions.ts';
import { balancingOperations } from '../../support/fake-ecs/balancing-operations.ts';
import { ACCOUNT, REGION } from '../../support/fake-ecs/fake-ecs.ts';
import { scalingOperations } from '../../support/fake-ecs/scaling-operations.ts';
import { efsOperations } from '../../support/fake-efs/efs-operations.ts';
import {
  balancers,
  CLUSTER_ARN,
  defaults,
  EXECUTION_ROLE,
  hostSettings,
  name,
  TASK_ROLE,
  withFiles,
} from './ecs-subject.ts';
import { ecsSpec, type OpenEcs, openEcs, ROLLOUT, withImage } from './open-ecs.ts';

const ofServices = {
  'application-autoscaling:service-namespace': 'ecs',
  'application-autoscaling:scalable-dimension': 'ecs:service:DesiredCount',
};
const operations = ['provision', 'update', 'destroy', 'status', 'validate', 'list', 'logs'] as const;

function statementsOf(
  operation: ProviderOperation,
  settings: Record<string, unknown> = {},
): readonly PermissionStatement[] {
  return permissions(operation, { name, defaults: { ...defaults, ...settings } });
}

function actionsOf(operation: ProviderOperation, settings = {}): Set<string> {
  return new Set(statementsOf(operation, settings).flatMap(({ actions }) => actions));
}

/** Changes hosts as others could. */
function spoilHosts({ fake }: OpenEcs): void {
  for (const { group, attributes, tags } of fake.state.balancing.groups.values()) {
    group.HealthCheckPath = '/spoilt';
    attributes.clear();
    tags.delete('team');
  }
  for (const { rule } of fake.state.balancing.rules.values()) {
    rule.Conditions = [{ Field: 'host-header', HostHeaderConfig: { Values: ['spoilt.example.com'] } }];
  }
}

function actionOf(call: string): string {
  if (call in balancingOperations) return `elasticloadbalancing:${call}`;
  if (call in efsOperations) return `elasticfilesystem:${call.replace('TagAccessPoint', 'TagResource')}`;
  return `${call in scalingOperations ? 'application-autoscaling' : 'ecs'}:${call}`;
}

type During = (operation: ProviderOperation, work: () => Promise<unknown>) => Promise<void>;

/** Volumes: made, taken back, marked, raced for and removed. */
async function duringVolumes(ecs: OpenEcs, during: During): Promise<void> {
  const { fake } = ecs;
  const provider = ecs.provide({ defaults: { ...defaults, ...withFiles } });
  const mounting = (names: string[], retain = false, tenantId = 'files') => {
    const spec = ecsSpec(tenantId);
    const mounts = names.map((one) => ({ name: one, path: `/${one}` }));
    const containers = spec.containers.map((one) => ({ ...one, volumes: mounts }));
    return { ...spec, containers, volumes: names.map((one) => ({ name: one, retain })) };
  };
  fake.fail('CreateService', { kind: 'refuse', type: 'InvalidParameterException', message: 'no' });
  await during('provision', () => provider.provision(mounting(['a'])));
  await during('provision', () => provider.provision(mounting(['a'])));
  await ecs.pass(ROLLOUT);
  await during('provision', async () => provider.provision(mounting(['a'])));
  fake.state.files.limit = 2;
  await during('update', () => provider.update('files', mounting(['a', 'b', 'c'], true)));
  await during('update', () => provider.update('files', mounting(['a', 'b'], true)));
  await ecs.pass(ROLLOUT);
  await during('update', () => provider.update('files', mounting(['a', 'b'])));
  await ecs.pass(ROLLOUT);
  await during('provision', () => provider.provision(mounting(['a', 'b'])));
  await during('status', () => provider.getStatus('files'));
  await during('list', () => Array.fromAsync(provider.list()));
  await during('destroy', () => provider.destroy('files', { retain_volumes: ['a'] }));
  await ecs.pass(ROLLOUT);
  await during('destroy', () => provider.destroy('files'));
  await during('provision', () => provider.provision(mounting(['a'])));
}

/** Requests that shift between two versions: given up by an update and by a provision, and at a gate. */
async function duringShifts(ecs: OpenEcs, during: During): Promise<void> {
  const deployment = { strategy: 'blue_green', role_arn: BALANCING_ROLE };
  const provider = ecs.provide({ defaults: { ...defaults, ...hostSettings(0), deployment } });
  const gated = ecs.provide({
    defaults: { ...defaults, ...hostSettings(0), deployment: { ...deployment, approval: {} } },
  });
  const spec = ecsSpec('shifted');
  await during('provision', () => provider.provision(spec));
  await ecs.pass(ROLLOUT);
  for (const kind of ['provision', 'update'] as const) {
    await during('update', () => provider.update('shifted', withImage(spec, 'missing.example/app:2')));
    await ecs.pass(5 * ROLLOUT);
    await during('status', () => provider.getStatus('shifted'));
    await during(kind, async () =>
      kind === 'provision' ? provider.provision(spec) : provider.update('shifted', spec),
    );
    await ecs.pass(ROLLOUT);
  }
  await during('update', () => gated.update('shifted', withImage(spec, 'good.example/app:2')));
  await ecs.pass(ROLLOUT);
  await during('update', () => gated.update('shifted', spec));
  await ecs.pass(ROLLOUT);
  await during('destroy', () => provider.destroy('shifted'));
  await ecs.pass(ROLLOUT);
  await during('destroy', () => provider.destroy('shifted'));
}

const BALANCING_ROLE = `arn:aws:iam::${ACCOUNT}:role/berth/balancing`;
const shifted = { deployment: { strategy: 'blue_green', role_arn: BALANCING_ROLE } };
const arn = `arn:aws:ecs:${REGION}:${ACCOUNT}:gateway/apps/a1b2c3d4`;
const connected = { gateway: { arn } };
const hosted = hostSettings(0);
const scaled = { autoscaling: { max: 4, cpu_percent: 60, memory_percent: 80 } };

test('the permissions of each operation are exactly the calls that it makes', async () => {
  await using ecs = await openEcs({
    gateways: [{ arn, accessType: 'PUBLIC', clusters: ['tenants'] }],
    balancers,
    roles: [EXECUTION_ROLE, TASK_ROLE, BALANCING_ROLE],
  });
  const called = new Map<ProviderOperation, Set<string>>(operations.map((operation) => [operation, new Set()]));
  const during = async (operation: ProviderOperation, work: () => Promise<unknown>) => {
    ecs.calls();
    await work().catch(() => undefined);
    for (const call of ecs.calls()) called.get(operation)?.add(actionOf(call));
  };
  const { provider } = ecs;
  const status = () => during('status', () => provider.getStatus('acme'));
  const list = () => during('list', () => Array.fromAsync(provider.list()));
  const spec = ecsSpec('acme', { labels: { team: 'x' } });
  const relabelled = (labels: Record<string, string>) => ecsSpec('acme', { labels });
  await during('provision', () => provider.provision(spec));
  await status();
  await ecs.pass(ROLLOUT);
  await during('provision', () => provider.provision(spec));
  for (const image of [
    'good.example/app:2',
    'missing.example/app:3',
    'good.example/app:4',
    'good.example/app:5',
    'good.example/app:6',
  ]) {
    await during('update', () => provider.update('acme', withImage(spec, image)));
    await status();
    await ecs.pass(5 * ROLLOUT);
    await status();
  }
  await during('update', () => provider.update('acme', relabelled({ other: 'y' })));
  await ecs.pass(ROLLOUT);
  // Changes by hand: labels, the number of tasks, and more revisions than are kept.
  const [service] = ecs.fake.state.services.values();
  const resourceArn = service?.service.serviceArn;
  ecs.fake.call('TagResource', {
    resourceArn,
    tags: [
      { key: 'unknown', value: '1' },
      { key: 'other', value: '2' },
    ],
  });
  ecs.fake.call('UpdateService', { cluster: 'tenants', service: service?.service.serviceName, desiredCount: 2 });
  const tagged = ecs.provide({ defaults: { ...defaults, tags: { stage: 'test' } } });
  await during('provision', () => tagged.provision(relabelled({ other: 'y' })));
  await ecs.pass(ROLLOUT);
  ecs.fake.call('UpdateService', { cluster: 'tenants', service: service?.service.serviceName, desiredCount: 2 });
  const lean = ecs.provide({ defaults: { ...defaults, revisions_kept: 1 } });
  await during('provision', () => lean.provision(relabelled({ other: 'y' })));
  await list();
  // Scaling that the operator sets, changes and no longer sets.
  const scaling = ecs.provide({ defaults: { ...defaults, ...scaled } });
  const lessScaling = ecs.provide({ defaults: { ...defaults, autoscaling: { max: 3, cpu_percent: 50 } } });
  for (const kind of ['provision', 'update'] as const) {
    for (const changed of [scaling, lessScaling, provider]) {
      const same = relabelled({ other: 'y' });
      await during(kind, () => (kind === 'provision' ? changed.provision(same) : changed.update('acme', same)));
      await ecs.pass(ROLLOUT);
    }
  }
  // A gateway.
  const routed = ecs.provide({ defaults: { ...defaults, ...connected } });
  await during('update', () => routed.update('acme', relabelled({ other: 'y' })));
  await ecs.pass(ROLLOUT);
  await during('provision', () => routed.provision(relabelled({ other: 'y' })));
  await during('update', () => routed.update('acme', relabelled({ other: 'y' })));
  await during('status', () => routed.getStatus('acme'));
  // Hosts: made, corrected, and moved to another listener.
  const same = relabelled({ other: 'y' });
  const [first, second] = [0, 1].map((one) =>
    ecs.provide({ defaults: { ...defaults, tags: { team: 'x' }, ...hostSettings(one) } }),
  );
  for (const kind of ['provision', 'update'] as const) {
    for (const at of [first, first, second, second]) {
      spoilHosts(ecs);
      await during(kind, async () => (kind === 'provision' ? at?.provision(same) : at?.update('acme', same)));
      await ecs.pass(ROLLOUT);
    }
    await during(kind, async () => (kind === 'provision' ? second?.provision(same) : second?.update('acme', same)));
  }
  await during('status', async () => second?.getStatus('acme'));
  await scaling.update('acme', same);
  await ecs.pass(ROLLOUT);
  await duringVolumes(ecs, during);
  await duringShifts(ecs, during);
  const broken = ecsSpec('broken', {}, 'missing.example');
  await during('provision', () => provider.provision(broken));
  await ecs.pass(5 * ROLLOUT);
  await during('provision', () => provider.provision(broken));
  ecs.fake.fail('CreateService', { kind: 'refuse', type: 'InvalidParameterException', message: 'no' });
  await during('provision', () => provider.provision(ecsSpec('other')));
  await during('provision', async () => second?.provision(ecsSpec('hosted')));
  await ecs.pass(ROLLOUT);
  await during('destroy', () => provider.destroy('acme'));
  await during('destroy', () => provider.destroy('hosted'));
  await ecs.pass(ROLLOUT);
  await status();
  await during('status', async () => second?.getStatus('hosted'));
  await during('list', async () => Array.fromAsync(second?.list() ?? []));
  await during('destroy', () => provider.destroy('hosted'));
  ecs.fake.fail('CreateService', { kind: 'cut before' }, 1000);
  await during('provision', () => provider.provision(ecsSpec('left')));
  await list();
  await during('validate', () => provider.validate(spec));
  for (const operation of operations) {
    const granted = [...actionsOf(operation, { ...scaled, ...connected, ...hosted, ...withFiles })].filter((action) =>
      /^(?:ecs|application-autoscaling|elasticloadbalancing|elasticfilesystem):/.test(action),
    );
    expect([...(called.get(operation) ?? [])].toSorted(), operation).toEqual(granted.toSorted());
  }
});

test('status and list can only read', () => {
  for (const action of [...actionsOf('status'), ...actionsOf('list')]) expect(action).toMatch(/^ecs:(Describe|List)/);
  for (const operation of ['status', 'list'] as const) {
    for (const action of actionsOf(operation, { ...connected, ...hosted, ...withFiles })) {
      expect(action).toMatch(/^(ecs|elasticloadbalancing|elasticfilesystem):(Describe|List)/);
    }
  }
});

test('no action is a wildcard, and all are bound to the cluster, to Berth’s tags or to its names', () => {
  const unbound = new Set<string>();
  for (const { actions, resources, conditions } of operations.flatMap((one) =>
    statementsOf(one, { ...scaled, ...connected, ...hosted, ...withFiles, ...shifted }),
  )) {
    for (const action of actions) expect(action).toMatch(/^[a-z-]+:[A-Za-z]+$/);
    for (const resource of resources) {
      if (resource === '*') for (const action of actions) unbound.add(action);
      // The ids of a rule and of an access point are those of no tenant, so their tags bind them.
      else if (/:(?:listener-rule\/app|access-point)\/\*$/.test(resource))
        expect(JSON.stringify(conditions)).toMatch(/berth|CreateRule|CreateAccessPoint/);
      else if (/:scalable-target\/\*$/.test(resource)) expect(conditions).toMatchObject({ StringEquals: ofServices });
      else
        expect(resource).toMatch(
          /tenants(?:$|\/)|(?:gateway|listener\/app)\/apps\/|route\/\*|\/fs-0a+$|[/]berth-[*e]|role\/(?:berth|aws-service)/,
        );
    }
    if (actions.some((action) => /Service$/.test(action)))
      expect(conditions).toMatchObject({ ArnEquals: { 'ecs:cluster': CLUSTER_ARN } });
  }
  // IAM cannot bind these to a resource; ListTasks is bound to the cluster by a condition instead:
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
  expect([...unbound].toSorted()).toEqual([
    'application-autoscaling:DescribeScalableTargets',
    'application-autoscaling:DescribeScalingPolicies',
    'ecs:DeregisterTaskDefinition',
    'ecs:DescribeTaskDefinition',
    'ecs:ListGatewayClusterAssociations',
    'ecs:ListGatewayRoutes',
    'ecs:ListServices',
    'ecs:ListTaskDefinitionFamilies',
    'ecs:ListTaskDefinitions',
    'ecs:ListTasks',
    ...['AccountLimits', 'Listeners', 'LoadBalancers', 'Rules', 'Tags', 'TargetGroupAttributes', 'TargetGroups'].map(
      (what) => `elasticloadbalancing:Describe${what}`,
    ),
  ]);
  for (const { actions, conditions } of operations.flatMap((operation) => statementsOf(operation))) {
    if (actions.includes('ecs:ListTasks')) expect(conditions).toEqual({ ArnEquals: { 'ecs:cluster': CLUSTER_ARN } });
  }
});

test('the rights to scale are there only where a setting scales, or the operator lets tenants scale', () => {
  const rights = ['application-autoscaling:RegisterScalableTarget', 'cloudwatch:PutMetricAlarm'];
  for (const operation of ['provision', 'update'] as const) {
    for (const right of [...rights, 'iam:CreateServiceLinkedRole']) {
      expect(actionsOf(operation)).not.toContain(right);
      expect(actionsOf(operation, scaled)).toContain(right);
      expect(actionsOf(operation, { allow: { autoscaling: true } })).toContain(right);
    }
  }
  // A tenant that was scaled under earlier settings still has to be cleaned up.
  for (const operation of ['provision', 'update', 'destroy'] as const) {
    expect(actionsOf(operation)).toContain('application-autoscaling:DeregisterScalableTarget');
  }
});

test('only the roles that the operator lists can be passed, and only to tasks', () => {
  const role = (path: string) => `arn:aws:iam::${ACCOUNT}:role/berth/${path}`;
  const settings = { task_role_arn: role('standard'), allow: { task_role_arns: [role('tenant/{tenant_id}')] } };
  for (const operation of ['provision', 'update'] as const) {
    expect(statementsOf(operation, settings).filter(({ actions }) => actions.includes('iam:PassRole'))).toEqual([
      {
        reason: expect.any(String),
        actions: ['iam:PassRole'],
        resources: [EXECUTION_ROLE, role('standard'), role('tenant/*')],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ]);
  }
  for (const operation of ['destroy', 'status', 'validate', 'list'] as const) {
    expect(statementsOf(operation, settings).flatMap(({ actions }) => actions)).not.toContain('iam:PassRole');
  }
  const { execution_role_arn: _, ...without } = defaults;
  expect(permissions('provision', { name, defaults: without }).flatMap(({ actions }) => actions)).not.toContain(
    'iam:PassRole',
  );
});

test('the role for load balancers can be passed to ECS alone', () => {
  for (const operation of ['provision', 'update'] as const) {
    const passed = statementsOf(operation, shifted).filter(({ resources }) => resources.includes(BALANCING_ROLE));
    expect(passed).toEqual([
      {
        reason: expect.any(String),
        actions: ['iam:PassRole'],
        resources: [BALANCING_ROLE],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs.amazonaws.com' } },
      },
    ]);
  }
  expect(statementsOf('status', shifted).flatMap(({ actions }) => actions)).not.toContain('iam:PassRole');
});

test('with assume_role the only permission is to assume that role', () => {
  const role_arn = 'arn:aws:iam::999999999999:role/tenants';
  const cluster_arn = `arn:aws:ecs:${REGION}:999999999999:cluster/tenants`;
  expect(statementsOf('status', { cluster_arn, assume_role: { role_arn } })).toEqual([
    { reason: expect.any(String), actions: ['sts:AssumeRole'], resources: [role_arn] },
  ]);
});
