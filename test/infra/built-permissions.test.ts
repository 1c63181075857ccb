import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationName, operations } from '../../functions/operations.ts';
import { deliver, envelope } from '../functions/deliver.ts';
import { CLUSTER_ARN, defaults, EXECUTION_ROLE, LOG_GROUP, startQuickEcs } from '../providers/ecs/ecs-subject.ts';
import { ecsSpec, withImage } from '../providers/ecs/open-ecs.ts';
import { synthesize } from '../support/cloud-assembly.ts';
import { ACCOUNT, type FakeEcs, REGION } from '../support/fake-ecs/fake-ecs.ts';
import { type FakeLogs, startFakeLogs } from '../support/fake-logs/fake-logs.ts';
import { openGuard } from '../support/iam/guard.ts';
import type { IamRequest } from '../support/iam/requests.ts';
import { rolePolicies } from '../support/iam/resolve-policy.ts';
import { decide } from '../support/iam/simulate.ts';
import type { FunctionProcess } from '../support/lambda/function-process.ts';
import { answerOf, apiEvent, openBuiltCloud } from './built-cloud.ts';

// Runs the functions of `cdk synth`, each under the policy of its own role.
const directory = mkdtempSync(join(tmpdir(), 'berth-permissions-'));
const outdir = join(directory, 'cdk.out');
const place = { id: ACCOUNT, region: REGION };
let cloud: Awaited<ReturnType<typeof openBuiltCloud>>;
let ecs: FakeEcs;
let logs: FakeLogs;
let guard: Awaited<ReturnType<typeof openGuard>>;
let policies: ReturnType<typeof rolePolicies>;
const opened = new Map<string, Promise<FunctionProcess>>();

beforeAll(async () => {
  await synthesize(outdir, { providers: { ecs: { type: 'ecs', ...defaults, log_group: LOG_GROUP } } });
  cloud = await openBuiltCloud(outdir, directory);
  policies = rolePolicies(cloud.templates, place);
  [ecs, logs] = await Promise.all([startQuickEcs(), startFakeLogs([LOG_GROUP])]);
  const addressOf = ({ url }: { url: string }) => new URL(url).host;
  guard = await openGuard({
    policies,
    services: { ...cloud.services, ecs: addressOf(ecs), logs: addressOf(logs) },
    account: { ...place, tagsOf },
  });
}, 330_000);

afterAll(async () => {
  await cloud?.close();
  await Promise.all([guard?.close(), ecs?.close(), logs?.close()]);
  rmSync(directory, { recursive: true, force: true });
});

/** Returns the tags of a service or of a task definition. */
function tagsOf(arn: string): ReadonlyMap<string, string> {
  const definitions = [...ecs.state.families.values()].flat();
  const definition = definitions.find((each) => each.definition.taskDefinitionArn === arn);
  return ecs.state.services.get(arn)?.tags ?? definition?.tags ?? new Map();
}

/** Opens the function of an operation. All its calls go through the guard, under the name of the operation. */
function fn(operation: string): Promise<FunctionProcess> {
  const url = `http://${guard.address}`;
  const services = ['DYNAMODB', 'EVENTBRIDGE', 'ECS', 'CLOUDWATCH_LOGS'];
  const endpoints = Object.fromEntries(services.map((service) => [`AWS_ENDPOINT_URL_${service}`, url]));
  // The sweep works until five seconds before its end, so a short invocation has one second for it.
  const limitMs = operation === 'on-sweep' ? 7_500 : undefined;
  const found = opened.get(operation) ?? cloud.open(operation, { ...endpoints, AWS_ACCESS_KEY_ID: operation }, limitMs);
  opened.set(operation, found);
  return found;
}

async function request(method: string, target: string, body?: unknown) {
  const { operation, event } = apiEvent(method, target, body);
  return answerOf(await fn(operation), event);
}

async function sweep(): Promise<void> {
  const result = await (await fn('on-sweep')).invoke({ id: 'sweep' });
  if ('error' in result) throw new Error(JSON.stringify(result.error));
}

/** Sweeps until a tenant is in a phase. */
async function reach(tenantId: string, phase: string): Promise<void> {
  for (let sweeps = 0; sweeps < 20; sweeps += 1) {
    const { body } = await request('GET', `/v1/tenants/${tenantId}`);
    if ((body as { phase: string }).phase === phase) return;
    await sweep();
  }
  throw new Error(
    `${tenantId} does not get ${phase}: ${JSON.stringify((await request('GET', `/v1/tenants/${tenantId}`)).body)}`,
  );
}

async function put(verb: string, data: unknown): Promise<void> {
  const consumer = await fn('on-tenant-requested');
  const event = envelope({ 'detail-type': `Tenant ${verb} Requested`, detail: { data } });
  const failed = await deliver(
    async (batch) => {
      const result = await consumer.invoke(batch);
      if ('error' in result) throw new Error(JSON.stringify(result.error));
      return result.response as never;
    },
    [event],
  );
  expect(failed).toEqual([]);
}

/** Invokes the consumer of the change stream with the tenant as it is now. */
async function announce(tenantId: string): Promise<void> {
  const record = { eventName: 'MODIFY', dynamodb: { SequenceNumber: '1', NewImage: await cloud.itemOf(tenantId) } };
  const result = await (await fn('on-tenant-changed')).invoke({ Records: [record] });
  expect(result).toEqual({ response: { batchItemFailures: [] } });
}

function refused() {
  return guard.calls.filter(({ refusal }) => refusal);
}

function actionsOf(operation: string): string[] {
  return [...new Set(guard.calls.filter(({ by }) => by === operation).map(({ action }) => action))].sort();
}

const spec = (tenantId: string) => ecsSpec(tenantId, { provider_type: 'ecs' });

describe('every call of a function is allowed by its role', { timeout: 300_000 }, () => {
  test('in the whole life of a tenant, over HTTP', async () => {
    const acme = spec('acme');
    expect(await request('POST', '/v1/tenants/validate', acme)).toMatchObject({ status: 200 });
    expect(await request('POST', '/v1/tenants', acme)).toMatchObject({ status: 202 });
    await reach('acme', 'ready');
    expect(await request('POST', '/v1/tenants/plan', withImage(acme, 'good.example/app:2'))).toMatchObject({
      status: 200,
    });
    expect((await request('PUT', '/v1/tenants/acme', withImage(acme, 'good.example/app:2'))).status).toBeLessThan(300);
    await reach('acme', 'ready');
    expect((await request('PUT', '/v1/tenants/acme', { ...acme, labels: { team: 'x' } })).status).toBeLessThan(300);
    await reach('acme', 'ready');
    expect((await request('POST', '/v1/tenants/acme/rollback', { revision: 1 })).status).toBeLessThan(300);
    await reach('acme', 'ready');
    await announce('acme');
    const reads = ['', '/status', '/logs', '/revisions', '/operations'].map((path) => `/v1/tenants/acme${path}`);
    const lists = ['/v1/tenants?provider=ecs', '/v1/orphans', '/v1/providers', '/v1/providers/ecs', '/v1/installation'];
    for (const target of [...reads, ...lists])
      expect([target, (await request('GET', target)).status]).toEqual([target, 200]);
    const { body } = await request('GET', '/v1/tenants/acme/operations');
    const [{ operation_id: id } = { operation_id: '' }] = (body as { operations: { operation_id: string }[] })
      .operations;
    expect(await request('GET', `/v1/operations/${id}`)).toMatchObject({ status: 200 });
    expect((await request('DELETE', '/v1/tenants/acme')).status).toBeLessThan(300);
    await reach('acme', 'destroyed');
    expect(refused()).toEqual([]);
    expect(actionsOf('get-tenant-logs')).toContain('ecs:DescribeTasks');
  });

  test('with requests that arrive as events, and with the events of the backend', async () => {
    await put('Provision', spec('by-event'));
    const [service] = [...ecs.state.services.keys()].filter((arn) => arn.includes('by-event'));
    const ended = envelope({
      source: 'aws.ecs',
      'detail-type': 'ECS Deployment State Change',
      resources: [service],
      detail: { eventName: 'SERVICE_DEPLOYMENT_COMPLETED' },
    });
    const consumer = await fn('on-provider-event');
    await deliver(
      async (batch) => {
        const result = await consumer.invoke(batch);
        return ('response' in result ? result.response : { batchItemFailures: [] }) as never;
      },
      [ended],
    );
    await reach('by-event', 'ready');
    await put('Update', withImage(spec('by-event'), 'good.example/app:2'));
    await reach('by-event', 'ready');
    await put('Destroy', { tenant_id: 'by-event' });
    await reach('by-event', 'destroyed');
    await put('Provision', { ...spec('refused'), containers: [] });
    expect(actionsOf('on-tenant-requested')).toContain('events:PutEvents');
    expect(actionsOf('on-provider-event')).toContain('ecs:DescribeServices');
    expect(refused()).toEqual([]);
  });

  test.each(['provision', 'update'])('when a destroy overtakes the %s that a function carries out', async (kind) => {
    const id = `overtaken-${kind}`;
    const [operation, action] =
      kind === 'provision' ? ['provision-tenant', 'ecs:CreateService'] : ['update-tenant', 'ecs:UpdateService'];
    if (kind === 'update') {
      await request('POST', '/v1/tenants', spec(id));
      await reach(id, 'ready');
    }
    let destroyed: Promise<unknown> | undefined;
    guard.onCall(async (call) => {
      if (destroyed || call.by !== operation || call.action !== action) return;
      destroyed = request('DELETE', `/v1/tenants/${id}`);
      await destroyed; // it only records the intent: the other function has the lease
    });
    if (kind === 'provision') await request('POST', '/v1/tenants', spec(id));
    else await request('PUT', `/v1/tenants/${id}`, withImage(spec(id), 'good.example/app:2'));
    guard.onCall(undefined);
    expect(destroyed).toBeDefined();
    await reach(id, 'destroyed');
    expect(actionsOf(operation)).toContain('ecs:DeleteService');
    expect(refused()).toEqual([]);
  });
});

describe('the roles deny what is outside', () => {
  const service = (name: string, cluster = 'tenants') => `arn:aws:ecs:${REGION}:${ACCOUNT}:service/${cluster}/${name}`;
  const inCluster = { 'ecs:cluster': CLUSTER_ARN };
  const owned = { 'aws:ResourceTag/berth.owner': 'berth', 'aws:ResourceTag/berth.provider': 'ecs' };
  const destroys = (resource: string, context: IamRequest['context']): IamRequest => ({
    action: 'ecs:DeleteService',
    resource,
    context,
  });
  const passes = (resource: string, to: string): IamRequest => ({
    action: 'iam:PassRole',
    resource,
    context: { 'iam:PassedToService': to },
  });
  const puts = (source: string): IamRequest => ({
    action: 'events:PutEvents',
    resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/berth`,
    context: { 'events:source': [source], 'events:detail-type': ['Tenant Provisioned'] },
  });
  const table = (action: string, name = 'TenantsTable'): IamRequest => ({
    action: `dynamodb:${action}`,
    resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
    context: {},
  });

  const cases: [what: string, by: OperationName, request: IamRequest, isAllowed: boolean][] = [
    ['a service of Berth', 'destroy-tenant', destroys(service('berth-ecs_acme'), { ...inCluster, ...owned }), true],
    ['a service without its tags', 'destroy-tenant', destroys(service('berth-ecs_acme'), inCluster), false],
    ['a service with another name', 'destroy-tenant', destroys(service('shop'), { ...inCluster, ...owned }), false],
    [
      'a service in another cluster',
      'destroy-tenant',
      destroys(service('berth-ecs_acme', 'other'), { 'ecs:cluster': `${CLUSTER_ARN}-2`, ...owned }),
      false,
    ],
    [
      'a service, by a function that reads',
      'get-tenant-status',
      destroys(service('berth-ecs_acme'), { ...inCluster, ...owned }),
      false,
    ],
    ['the listed role, to tasks', 'provision-tenant', passes(EXECUTION_ROLE, 'ecs-tasks.amazonaws.com'), true],
    ['the listed role, to another service', 'provision-tenant', passes(EXECUTION_ROLE, 'ec2.amazonaws.com'), false],
    [
      'another role',
      'provision-tenant',
      passes(`arn:aws:iam::${ACCOUNT}:role/admin`, 'ecs-tasks.amazonaws.com'),
      false,
    ],
    ['an announcement', 'on-tenant-changed', puts('berth'), true],
    ['an event of another source', 'on-tenant-changed', puts('aws.ecs'), false],
    ['an announcement, by a function that does not announce', 'destroy-tenant', puts('berth'), false],
    ['a scan of the table', 'on-sweep', table('Scan'), false],
    ['another table', 'get-tenant', table('GetItem', 'Customers'), false],
    ['a deletion, by a function that only changes', 'update-tenant', table('DeleteItem'), false],
    ['a stream, listed', 'on-tenant-changed', { action: 'dynamodb:ListStreams', resource: '*', context: {} }, true],
  ];

  test.each(cases)('%s (%s)', async (_, by, asked, isAllowed) => {
    const policy = policies.get(by);
    if (!policy) throw new Error(`no role for ${by}`);
    expect(await decide(policy, asked, ACCOUNT)).toBe(isAllowed ? 'Allowed' : 'ImplicitlyDenied');
  });

  test('every function has a policy, and the functions that reconcile have the same rights to the backend', () => {
    expect([...policies.keys()].sort()).toEqual(Object.keys(operations).sort());
    const rightsOf = (operation: string) =>
      JSON.stringify(policies.get(operation)?.Statement.filter((each) => /"(?:ecs|iam):/.test(JSON.stringify(each))));
    for (const operation of ['update-tenant', 'rollback-tenant', 'destroy-tenant', 'on-provider-event']) {
      expect(rightsOf(operation)).toBe(rightsOf('provision-tenant'));
    }
  });
});
