import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationName, operations } from '../../functions/operations.ts';
import { deliver, envelope } from '../functions/deliver.ts';
import { memorySpec } from '../functions/invoke.ts';
import { CLUSTER_ARN, EXECUTION_ROLE } from '../providers/ecs/ecs-subject.ts';
import { ecsSpec, withImage } from '../providers/ecs/open-ecs.ts';
import { ACCOUNT, REGION } from '../support/fake-ecs/fake-ecs.ts';
import type { IamRequest } from '../support/iam/requests.ts';
import { decide } from '../support/iam/simulate.ts';
import { openGuardedCloud, requested } from './guarded-cloud.ts';

// Tests the output of `cdk synth`: the files that Lambda would run, each function under the policy of its own role.
let cloud: Awaited<ReturnType<typeof openGuardedCloud>>;

beforeAll(async () => {
  cloud = await openGuardedCloud();
}, 330_000);

afterAll(() => cloud?.close());

test('synth makes two stacks without network or Docker, and prints no warning', () => {
  expect(cloud.written).toContain('BerthState, Berth');
  expect(cloud.written).not.toMatch(/warn|deprecat|error/i);
});

test('an unreadable message is delivered again alone, and an invalid request is refused on the bus', async () => {
  const good = requested('Provision', memorySpec({ tenant_id: 'beside-poison' }));
  const invalid = requested('Provision', memorySpec({ tenant_id: 'invalid', containers: [] }));
  expect(await cloud.put('poison', good, invalid)).toEqual([0]);
  expect(await cloud.request('GET', '/v1/tenants/beside-poison')).toMatchObject({ body: { phase: 'ready' } });
  expect(
    cloud.announced.map(({ EventBusName, Source, DetailType, Detail }) => ({
      EventBusName,
      Source,
      DetailType,
      ...JSON.parse(Detail),
    })),
  ).toEqual([
    expect.objectContaining({
      EventBusName: 'berth',
      Source: 'berth',
      DetailType: 'Tenant Provision Failed',
      data: expect.objectContaining({ tenant_id: 'invalid' }),
    }),
  ]);
});

test('an ended operation is announced from the change stream', async () => {
  await cloud.request('POST', '/v1/tenants', memorySpec({ tenant_id: 'announced' }));
  expect(await cloud.announce('announced')).toEqual({ response: { batchItemFailures: [] } });
  const last = cloud.announced.at(-1);
  expect(last).toMatchObject({ Source: 'berth', DetailType: 'Tenant Provisioned' });
  expect(JSON.parse(last?.Detail ?? '')).toMatchObject({ data: { tenant_id: 'announced' } });
});

test('a function that was killed between two invocations continues', async () => {
  const spec = memorySpec({ tenant_id: 'survivor' });
  const provision = await cloud.fn('provision-tenant');
  expect(await cloud.request('POST', '/v1/tenants', spec)).toMatchObject({ status: 201 });
  await provision.kill();
  expect(await cloud.request('POST', '/v1/tenants', spec)).toMatchObject({ status: 200 });
  const consumer = await cloud.fn('on-tenant-requested');
  await consumer.kill();
  expect(await cloud.put(requested('Destroy', { tenant_id: 'survivor' }))).toEqual([]);
  expect(await cloud.request('GET', '/v1/tenants/survivor')).toMatchObject({ body: { phase: 'destroyed' } });
});

describe('an invalid configuration', () => {
  const wrong = { BERTH_PROVIDERS: '{"eu":{"type":"nomad"}}' };

  test('is named in the log, but not to callers', async () => {
    const function_ = await cloud.open('provision-tenant', wrong);
    const { status, body } = await cloud.request('POST', '/v1/tenants', memorySpec(), function_);
    expect([status, body.code]).toEqual([500, 'internal']);
    expect(JSON.stringify(body)).not.toContain('BERTH_PROVIDERS');
    expect(function_.output.join('\n')).toContain('BERTH_PROVIDERS/eu/type: type must be one of');
  });

  test('fails whole batches, so that no request is lost', async () => {
    const consumer = await cloud.open('on-tenant-requested', wrong);
    const result = await consumer.invoke({ Records: [] });
    expect(result).toMatchObject({
      error: { errorType: 'ConfigError', errorMessage: expect.stringContaining('BERTH_PROVIDERS/eu/type') },
    });
  });
});

const spec = (tenantId: string) => ecsSpec(tenantId, { provider_type: 'ecs' });

describe('every call of a function is allowed by its role', { timeout: 300_000 }, () => {
  test('in the whole life of a tenant, over HTTP', async () => {
    const acme = spec('acme');
    expect(await cloud.request('POST', '/v1/tenants/validate', acme)).toMatchObject({ status: 200 });
    expect(await cloud.request('POST', '/v1/tenants', acme)).toMatchObject({ status: 202 });
    await cloud.reach('acme', 'ready');
    expect(await cloud.request('POST', '/v1/tenants/plan', withImage(acme, 'good.example/app:2'))).toMatchObject({
      status: 200,
    });
    expect((await cloud.request('PUT', '/v1/tenants/acme', withImage(acme, 'good.example/app:2'))).status).toBeLessThan(
      300,
    );
    await cloud.reach('acme', 'ready');
    expect((await cloud.request('PUT', '/v1/tenants/acme', { ...acme, labels: { team: 'x' } })).status).toBeLessThan(
      300,
    );
    await cloud.reach('acme', 'ready');
    expect((await cloud.request('POST', '/v1/tenants/acme/rollback', { revision: 1 })).status).toBeLessThan(300);
    await cloud.reach('acme', 'ready');
    expect(await cloud.announce('acme')).toEqual({ response: { batchItemFailures: [] } });
    const reads = ['', '/status', '/logs', '/revisions', '/operations'].map((path) => `/v1/tenants/acme${path}`);
    const lists = ['/v1/tenants?provider=ecs', '/v1/orphans', '/v1/providers', '/v1/providers/ecs', '/v1/installation'];
    for (const target of [...reads, ...lists])
      expect([target, (await cloud.request('GET', target)).status]).toEqual([target, 200]);
    const { body } = await cloud.request('GET', '/v1/tenants/acme/operations');
    const [{ operation_id: id } = { operation_id: '' }] = (body as { operations: { operation_id: string }[] })
      .operations;
    expect(await cloud.request('GET', `/v1/operations/${id}`)).toMatchObject({ status: 200 });
    expect((await cloud.request('DELETE', '/v1/tenants/acme')).status).toBeLessThan(300);
    await cloud.reach('acme', 'destroyed');
    expect(cloud.refused()).toEqual([]);
    expect(cloud.actionsOf('get-tenant-logs')).toContain('ecs:DescribeTasks');
  });

  test('with requests that arrive as events, and with the events of the backend', async () => {
    expect(await cloud.put(requested('Provision', spec('by-event')))).toEqual([]);
    const [service] = [...cloud.ecs.state.services.keys()].filter((arn) => arn.includes('by-event'));
    const ended = envelope({
      source: 'aws.ecs',
      'detail-type': 'ECS Deployment State Change',
      resources: [service],
      detail: { eventName: 'SERVICE_DEPLOYMENT_COMPLETED' },
    });
    const consumer = await cloud.fn('on-provider-event');
    await deliver(
      async (batch) => {
        const result = await consumer.invoke(batch);
        return ('response' in result ? result.response : { batchItemFailures: [] }) as never;
      },
      [ended],
    );
    await cloud.reach('by-event', 'ready');
    expect(await cloud.put(requested('Update', withImage(spec('by-event'), 'good.example/app:2')))).toEqual([]);
    await cloud.reach('by-event', 'ready');
    expect(await cloud.put(requested('Destroy', { tenant_id: 'by-event' }))).toEqual([]);
    await cloud.reach('by-event', 'destroyed');
    expect(await cloud.put(requested('Provision', { ...spec('refused'), containers: [] }))).toEqual([]);
    expect(cloud.actionsOf('on-tenant-requested')).toContain('events:PutEvents');
    expect(cloud.actionsOf('on-provider-event')).toContain('ecs:DescribeServices');
    expect(cloud.refused()).toEqual([]);
  });

  test.each(['provision', 'update'])('when a destroy overtakes the %s that a function carries out', async (kind) => {
    const id = `overtaken-${kind}`;
    const [operation, action] =
      kind === 'provision' ? ['provision-tenant', 'ecs:CreateService'] : ['update-tenant', 'ecs:UpdateService'];
    if (kind === 'update') {
      await cloud.request('POST', '/v1/tenants', spec(id));
      await cloud.reach(id, 'ready');
    }
    let destroyed: Promise<unknown> | undefined;
    cloud.onCall(async (call) => {
      if (destroyed || call.by !== operation || call.action !== action) return;
      destroyed = cloud.request('DELETE', `/v1/tenants/${id}`);
      await destroyed; // it only records the intent: the other function has the lease
    });
    if (kind === 'provision') await cloud.request('POST', '/v1/tenants', spec(id));
    else await cloud.request('PUT', `/v1/tenants/${id}`, withImage(spec(id), 'good.example/app:2'));
    cloud.onCall(undefined);
    expect(destroyed).toBeDefined();
    await cloud.reach(id, 'destroyed');
    expect(cloud.actionsOf(operation)).toContain('ecs:DeleteService');
    expect(cloud.refused()).toEqual([]);
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
    const policy = cloud.policies.get(by);
    if (!policy) throw new Error(`no role for ${by}`);
    expect(await decide(policy, asked, ACCOUNT)).toBe(isAllowed ? 'Allowed' : 'ImplicitlyDenied');
  });

  test('every function has a policy, and the functions that reconcile have the same rights to the backend', () => {
    expect([...cloud.policies.keys()].sort()).toEqual(Object.keys(operations).sort());
    const rightsOf = (operation: string) =>
      JSON.stringify(
        cloud.policies.get(operation)?.Statement.filter((each) => /"(?:ecs|iam):/.test(JSON.stringify(each))),
      );
    for (const operation of ['update-tenant', 'rollback-tenant', 'destroy-tenant', 'on-provider-event']) {
      expect(rightsOf(operation)).toBe(rightsOf('provision-tenant'));
    }
  });
});
