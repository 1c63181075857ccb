import { TENANT_LABEL } from '../../../src/compute/labels.ts';
import type { TenantComputeSpec, VolumeMount } from '../../../src/compute/spec/spec.ts';
import type { EcsClient } from '../../../src/providers/ecs/api/client.ts';
import { createLogsClient } from '../../../src/providers/ecs/api/logs-sdk.ts';
import { createSdkClient } from '../../../src/providers/ecs/api/sdk.ts';
import { defaultPrefix, resourceName } from '../../../src/providers/ecs/names.ts';
import { createEcsProvider, type EcsProviderOptions } from '../../../src/providers/ecs/provider.ts';
import { RETAIN_TAG, VOLUME_TAG } from '../../../src/providers/ecs/volumes/access-points.ts';
import type { VolumeAccess } from '../../conformance/harness.ts';
import type { Harness, SpecOptions, Subject } from '../../conformance/provider-suite.ts';
import { findDefinition } from '../../support/fake-ecs/ecs-state.ts';
import { ACCOUNT, type FakeEcs, type FakeEcsOptions, REGION, startFakeEcs } from '../../support/fake-ecs/fake-ecs.ts';
import type { TaskRecord } from '../../support/fake-ecs/tasks.ts';
import { readFolder, writeFolder } from '../../support/fake-efs/efs-operations.ts';
import { type FakeLogs, startFakeLogs } from '../../support/fake-logs/fake-logs.ts';

export const name = 'ecs';
export const CLUSTER_ARN = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/tenants`;
export const EXECUTION_ROLE = `arn:aws:iam::${ACCOUNT}:role/berth/execution`;

export const TASK_ROLE = `arn:aws:iam::${ACCOUNT}:role/berth/files`;
export const FILE_SYSTEM = 'fs-0aaaaaaa';

export const LOG_GROUP = '/berth/tenants';

/** Minimal settings of an operator. */
export const defaults = {
  cluster_arn: CLUSTER_ARN,
  subnets: ['subnet-0aaaaaaa'],
  security_groups: ['sg-0aaaaaaa'],
  execution_role_arn: EXECUTION_ROLE,
};

/** Settings with which tenants have volumes. */
export const withFiles = { task_role_arn: TASK_ROLE, efs: { file_system_id: FILE_SYSTEM } };

/** A gateway of the cluster, and settings with which versions at it wait for approval. */
const gatewayArn = `arn:aws:ecs:${REGION}:${ACCOUNT}:gateway/apps/a1b2c3d4`;
const gateways = [{ arn: gatewayArn, accessType: 'PUBLIC' as const, clusters: ['tenants'] }];
const approved = { gateway: { arn: gatewayArn }, deployment: { strategy: 'blue_green', approval: {} } };

/** A thousand times faster than Fargate, for tests on the real clock. */
const quick = { visible: 3, provision: 3, start: 5, check: 4, steady: 6, stop: 5, retry: 3, route: 5 };

/** Returns the real SDK, connected to a fake. */
export function sdkClient(fake: { url: string }) {
  return createSdkClient(settingsFor(fake));
}

export function logsClient(fake: { url: string }) {
  return createLogsClient(settingsFor(fake));
}

function settingsFor({ url: endpoint }: { url: string }) {
  return { region: REGION, endpoint, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' } };
}

export function startQuickEcs(options: FakeEcsOptions = {}): Promise<FakeEcs> {
  return startFakeEcs({ timing: quick, roles: [EXECUTION_ROLE, TASK_ROLE], fileSystems: [FILE_SYSTEM], ...options });
}

/** The ECS provider with the real SDK, as a subject of the conformance suite. */
export function ecsSubject(options: FakeEcsOptions = {}): Subject {
  return {
    timeout: 8000,
    without: { identity: 'the containers of a tenant are one task, which ECS replaces as a whole' },
    honours: [
      'containers.volumes.read_only',
      'networking.public_ip',
      'networking.security_groups',
      'networking.subnets',
      'resources.storage',
    ],
    async create() {
      const [fake, logs] = await Promise.all([startQuickEcs({ gateways, ...options }), startFakeLogs([LOG_GROUP])]);
      const clients: { close?(): void }[] = [];
      const connect = () => {
        const made = { client: sdkClient(fake), logsClient: logsClient(logs) };
        clients.push(made.client, made.logsClient);
        return made;
      };
      const mortal = async (at: number) => {
        const { client, logsClient } = connect();
        const { client: mortal, died } = mortalClient(client, at);
        return {
          provider: await createEcsProvider({
            name,
            defaults: { ...defaults, ...withFiles },
            client: mortal,
            logsClient,
          }),
          died,
        };
      };
      return {
        mortal,
        ...harnessOf(fake, logs, connect),
        cleanup: () => end([fake, logs], clients),
      };
    },
  };
}

/** Wraps a client, as that of a process that is killed at its change number `at`. */
export function mortalClient(honest: EcsClient, at: number): { client: EcsClient; died(): boolean } {
  let changes = 0;
  const send: EcsClient['send'] = async (operation, input, signal) => {
    const isChange = !/^(?:Describe|List)/.test(operation);
    if (changes >= at) throw new Error('this process has ended');
    if (isChange) changes += 1;
    const answer = await honest.send(operation, input, signal);
    if (changes >= at) throw new Error('this process has ended');
    return answer;
  };
  return { client: { send }, died: () => changes >= at };
}

function harnessOf(
  fake: FakeEcs,
  logs: FakeLogs,
  connect: () => Pick<EcsProviderOptions, 'client' | 'logsClient'>,
): Omit<Harness, 'cleanup' | 'mortal'> {
  const resourceOf = (tenantId: string) => resourceName(defaultPrefix(name), tenantId);
  const serviceOf = (tenantId: string) =>
    [...fake.state.services.values()].find(({ service }) => service.serviceName === resourceOf(tenantId));
  const tasksOf = (tenantId: string) => fake.state.tasks.of(serviceOf(tenantId)?.service.serviceArn);
  return {
    async fresh({ name: given = name, allowedRegistries: allowed_registries, approval } = {}) {
      const settings = {
        ...defaults,
        ...withFiles,
        log_group: LOG_GROUP,
        ...(allowed_registries && { allowed_registries }),
        ...(approval && approved),
      };
      return createEcsProvider({ name: given, defaults: settings, ...connect() });
    },
    spec: (of) => specOf(of, 'good.example'),
    failingSpec: (of) => specOf(of, 'missing.example'),
    stuckSpec: (of) => specOf(of, 'hanging.example'),
    once: {
      repeats: 'each task of a service runs it',
      spec: ({ end, ...of }) => withSetup(specOf(of), setups[end]),
      async runs(tenantId) {
        fake.call('DescribeClusters', {});
        const setup = tasksOf(tenantId).flatMap(({ task }) => task.containers.filter((one) => one.name === 'setup'));
        return setup.filter(({ exitCode, lastStatus }) => exitCode !== undefined || lastStatus === 'RUNNING').length;
      },
    },
    inventory: async () => inventory(fake),
    volumes: volumeAccess(fake, tasksOf),
    async plantForeign(tenantId) {
      plantService(fake, resourceOf(tenantId));
    },
    async labels(tenantId) {
      const family = fake.state.families.get(resourceOf(tenantId)) ?? [];
      return [
        Object.fromEntries(serviceOf(tenantId)?.tags ?? []),
        ...family.map(({ tags }) => Object.fromEntries(tags)),
        ...tasksOf(tenantId).map(({ task }) =>
          Object.fromEntries((task.tags ?? []).map(({ key, value }) => [key, value])),
        ),
      ] as Record<string, string>[];
    },
    async answers(tenantId) {
      fake.call('DescribeClusters', {}); // processes what is due
      const up = tasksOf(tenantId).filter(({ task, isUp }) => isUp && task.lastStatus === 'RUNNING');
      const image = up[0]?.task.containers[0]?.image;
      return image === undefined ? undefined : Number(image.split(':')[1]);
    },
    async instances(tenantId) {
      fake.call('DescribeClusters', {});
      return tasksOf(tenantId).flatMap(({ task }) => (task.lastStatus === 'STOPPED' ? [] : [task.taskArn]));
    },
    async write(tenantId, container, lines) {
      const running = tasksOf(tenantId).filter(({ task }) => task.lastStatus === 'RUNNING');
      // The newest one: a task of the replaced version may still be stopping.
      const id = running.at(-1)?.task.taskArn.split('/').at(-1);
      logs.put(LOG_GROUP, `${resourceOf(tenantId)}/${container}/${id}`, lines);
    },
    async vanish(tenantId) {
      fake.state.services.delete(serviceOf(tenantId)?.service.serviceArn ?? '');
      fake.state.families.delete(resourceOf(tenantId));
      fake.state.tasks.clear();
    },
    // Env values are in task definitions, and must not be anywhere else.
    async exposed() {
      const { services, tasks, families } = fake.state;
      const definitions = [...families.values()].flat().map(({ definition, tags }) => ({
        ...definition,
        tags: [...tags],
        containerDefinitions: definition.containerDefinitions?.map(({ environment: _, ...rest }) => rest),
      }));
      const shown = [...services.values()].map((one) => ({ ...one, tags: [...one.tags] }));
      return JSON.stringify([shown, [...tasks], definitions]);
    },
  };
}

/** Returns what a destroy has to remove: services with tasks, families with a revision that is not deleted, and hosts. */
export function inventory(fake: FakeEcs): string[] {
  fake.call('DescribeClusters', {});
  const { services, families, balancing, files } = fake.state;
  const isLeft = (family: string) =>
    families.get(family)?.some(({ definition }) => definition.status === 'ACTIVE' || definition.status === 'INACTIVE');
  return [
    ...[...services.values()]
      .filter(({ service }) => service.status !== 'INACTIVE')
      .map(({ service }) => `service ${service.serviceName}`),
    ...[...families.keys()].filter(isLeft).map((family) => `family ${family}`),
    ...[...balancing.groups.values(), ...balancing.rules.values()].flatMap(({ tags }) => {
      const tenantId = tags.get(TENANT_LABEL);
      return tenantId === undefined ? [] : [`host ${resourceName(defaultPrefix(name), tenantId)}`];
    }),
    ...[...files.points.values()].flatMap(({ tags }) =>
      // What a destroy kept is nothing that one has to remove.
      tags.get(RETAIN_TAG) === 'true' && !isHeld(fake, tags.get(TENANT_LABEL) ?? '')
        ? []
        : [`volume ${tags.get(VOLUME_TAG)} ${resourceName(defaultPrefix(name), tags.get(TENANT_LABEL) ?? '')}`],
    ),
  ];
}

function isHeld({ state }: FakeEcs, tenantId: string): boolean {
  const service = resourceName(defaultPrefix(name), tenantId);
  return [...state.services.values()].some(
    (one) => one.service.serviceName === service && one.service.status === 'ACTIVE',
  );
}

/** Reads and writes what is in the folders of access points: by their tags, and as the task of a tenant mounts them. */
function volumeAccess(fake: FakeEcs, tasksOf: (tenantId: string) => TaskRecord[]): VolumeAccess {
  const { state } = fake;
  const pointOf = (tenantId: string, volume: string) =>
    [...state.files.points.values()].find(
      ({ tags }) => tags.get(TENANT_LABEL) === tenantId && tags.get(VOLUME_TAG) === volume,
    )?.point.AccessPointId;
  const mountOf = (tenantId: string, container: string, { path }: VolumeMount) => {
    fake.call('DescribeClusters', {});
    const task = tasksOf(tenantId).findLast(
      ({ task }) => task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING',
    );
    const { definition } = findDefinition(state, task?.task.taskDefinitionArn ?? '') ?? {};
    const { mountPoints = [] } = definition?.containerDefinitions?.find((one) => one.name === container) ?? {};
    const mount = mountPoints.find(({ containerPath }) => containerPath === path);
    const volume = definition?.volumes?.find((one) => one.name === mount?.sourceVolume);
    const id = volume?.efsVolumeConfiguration?.authorizationConfig?.accessPointId;
    if (id === undefined) throw new Error(`${container} of ${tenantId} mounts nothing at ${path}`);
    return { id, readOnly: mount?.readOnly === true };
  };
  return {
    async put(tenantId, volume, text) {
      writeFolder(state, pointOf(tenantId, volume), text);
    },
    async get(tenantId, volume) {
      const id = pointOf(tenantId, volume);
      return id === undefined ? undefined : readFolder(state, id);
    },
    seen: async (...mount) => readFolder(state, mountOf(...mount).id),
    canWrite: async (...mount) => !mountOf(...mount).readOnly,
  };
}

const balancing = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}`;
/** Load balancers of the operator, in one VPC. */
export const balancers = ['apps', 'next'].map((one) => ({
  arn: `${balancing}:loadbalancer/app/${one}/50dc6c495c0c9188`,
  vpc: 'vpc-0a',
  listeners: [
    { arn: `${balancing}:listener/app/${one}/50dc6c495c0c9188/f2f7dc8efc522ab2`, protocol: 'HTTPS', port: 443 },
  ],
}));

/** Settings that give each tenant a host on a listener of a load balancer. */
export function hostSettings(balancer: number): { load_balancer: { listener_arn: string; host: string } } {
  const listener_arn = balancers[balancer]?.listeners[0]?.arn ?? '';
  return { load_balancer: { listener_arn, host: '{tenant_id}.apps.example.com' } };
}

/** Registers a task definition that is not Berth's. Returns its ARN. */
export function registerForeign(fake: FakeEcs, family: string, image: string): string {
  const { taskDefinition } = fake.call('RegisterTaskDefinition', {
    family,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: family, image, portMappings: [{ containerPort: 80 }] }],
  }) as { taskDefinition: { taskDefinitionArn: string } };
  return taskDefinition.taskDefinitionArn;
}

/** Creates a service that is not Berth's. */
export function plantService(fake: FakeEcs, serviceName: string): void {
  fake.call('CreateService', {
    cluster: 'tenants',
    serviceName,
    taskDefinition: registerForeign(fake, 'foreign', 'foreign:1'),
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-0aaaaaaa'] } },
    tags: [{ key: 'owner', value: 'foreign' }],
  });
  for (const record of fake.state.services.values()) record.visibleAt = 0;
}

export function specOf(
  options: Partial<SpecOptions> & { tenantId: string },
  registry = 'good.example',
): TenantComputeSpec {
  const { tenantId, version = 1, labels, canary } = options;
  const env = canary === undefined ? {} : { env: { SECRET: canary } };
  return {
    tenant_id: tenantId,
    provider_type: name,
    containers: [
      { name: 'web', image: `${registry}/app:${version}`, ports: [{ container_port: 8080, protocol: 'tcp' }], ...env },
      { name: 'worker', image: 'good.example/worker:1', ...env },
    ],
    resources: { cpu: 250, memory: 512 },
    ...(labels && { labels }),
  };
}

/** The registry that lets a container which runs once end so. */
const setups = { success: 'good.example', failure: 'failing.example', never: 'hanging.example' };

function withSetup(spec: TenantComputeSpec, registry: string): TenantComputeSpec {
  return { ...spec, containers: [...spec.containers, { name: 'setup', image: `${registry}/setup:1`, run: 'once' }] };
}

async function end(
  fakes: readonly { close(): Promise<void> }[],
  clients: readonly { close?(): void }[],
): Promise<void> {
  for (const client of clients) client.close?.();
  await Promise.all(fakes.map((fake) => fake.close()));
}
