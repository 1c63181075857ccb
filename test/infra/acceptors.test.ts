import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { fileOf } from '../../infra/acceptors/main.ts';
import { renderShapes } from '../../infra/acceptors/render.ts';
import { rooms, type Source } from '../../infra/acceptors/rooms.ts';
import type { ProvisionResult, UpdateResult } from '../../src/compute/results.ts';
import type { Shape } from '../../src/compute/spec/shape.ts';
import type { Tenant } from '../../src/tenants/model/tenant.ts';
import { summarize } from '../../src/tenants/model/tenant-state.ts';
import { type Comparison, edges, expectSame, expectSound, oddities } from '../support/accepting.ts';
import { replaceAt } from '../support/json-pointer.ts';
import { aFullSpec } from '../support/specs.ts';
import { aReadyTenant } from '../support/tenants.ts';

const time = '2026-01-02T03:04:05.678Z';
const endpoint = { type: 'http', address: '127.0.0.1', port: 80, url: 'http://127.0.0.1' };
const revision = { ...aReadyTenant({ id: 'acme' }).desired, rollback_of: 1 };
const result: ProvisionResult = {
  tenant_id: 'acme',
  provider_type: 'memory',
  status: 'success',
  resource_ids: { web: '1' },
  endpoints: [endpoint],
  message: '',
  provisioned_at: time,
};
const updateResult: UpdateResult = {
  tenant_id: 'acme',
  provider_type: 'memory',
  status: 'no_changes',
  changes: ['/labels'],
  message: '',
  updated_at: time,
};
const operation: Tenant['operation'] = {
  ...aReadyTenant({ id: 'acme' }).operation,
  revision: 2,
  request_id: 'r',
  queued_at: time,
  ended_at: time,
  deadline_at: time,
  retries: [{ at: time, code: 'throttled', message: 'm', next_at: time }],
  error: {
    code: 'timeout',
    fault: 'provider',
    retryable: true,
    usable: false,
    message: 'm',
    hint: 'h',
    issues: [{ pointer: '/a', message: 'm' }],
  },
  result,
  idempotency: { key: 'k', request: 'r' },
};
const tenant: Tenant = {
  ...aReadyTenant({ id: 'acme' }),
  desired: revision,
  serving: { revision: 1, spec_hash: 'h' },
  operation,
  outbox: [{ ...operation, result: updateResult }],
  lease: { holder: 'h', fence: 1, expires_at: time },
  next_at: time,
  waiting: { backend: 'ecs', queue: 'provision', first_try: true },
  endpoints: [endpoint],
  resource_ids: { web: '1' },
  provisioned_at: time,
  destroyed_at: time,
};
const pace = {
  passes: 1.5,
  since: { turn: 1, at: 2.5 },
  searches: true,
  next_at: 1,
  given: 2,
  throttled_at: 3,
};

/** Of each shape a value with everything in it that it knows. */
const examples: Readonly<Record<string, unknown>> = {
  TenantComputeSpec: aFullSpec(),
  ProvisionResult: result,
  UpdateResult: updateResult,
  ComputeStatus: {
    tenant_id: 'acme',
    provider_type: 'memory',
    state: 'running',
    containers: [{ name: 'web', state: 'starting', ready: false, restart_count: 1, message: 'm' }],
    health: 'healthy',
    endpoints: [endpoint],
    last_updated: time,
    metadata: { spec_hash: 'h' },
  },
  LogPage: { lines: [{ container: 'web', time, text: 't' }], next_cursor: 'c' },
  ValidationResult: { valid: true, warnings: ['w'] },
  Tenant: tenant,
  HistoryEntry: { operation, revision },
  TenantSummary: summarize(tenant),
  Rates: { version: 1, kinds: { change: pace, look: pace } },
  EventEnvelope: {
    id: 'i',
    'detail-type': 't',
    source: 's',
    account: '1',
    time,
    region: 'eu-central-1',
    resources: ['r'],
    detail: { a: [1] },
  },
  RequestMetadata: { schema_version: '1', idempotency_key: 'k', actor: 'a', more: { of: 'theirs' } },
  DestroyData: { tenant_id: 'acme', provider_type: 'memory' },
  EcsConfig: {
    cluster_arn: 'arn:aws:ecs:eu-central-1:123456789012:cluster/tenants',
    region: 'eu-central-1',
    subnets: ['subnet-0abc1234'],
    security_groups: ['sg-0abc1234'],
    assign_public_ip: true,
    execution_role_arn: 'arn:aws:iam::123456789012:role/execution',
    task_role_arn: 'arn:aws:iam::123456789012:role/task',
    capacity_providers: [{ name: 'FARGATE_SPOT', weight: 1, base: 0 }],
    platform_version: 'LATEST',
    cpu_architecture: 'ARM64',
    desired_count: 1,
    health_check_start_seconds: 1,
    log_group: '/tenants',
    service_name_prefix: 'prod-',
    assume_role: { role_arn: 'arn:aws:iam::123456789012:role/berth', external_id: 'ab', session_name: 'berth' },
    task_definition_arn: 'arn:aws:ecs:eu-central-1:123456789012:task-definition/web:1',
    allowed_registries: ['docker.io'],
    tags: { team: 'a' },
    load_balancer: {
      target_group_arn: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/73e2d6bc24d8a067',
      container_name: 'web',
      container_port: 80,
      health_check_grace_seconds: 1,
      url: 'https://acme.example.com/',
    },
    service_registry: {
      registry_arn: 'arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-abc',
      container_name: 'web',
      container_port: 80,
      dns_name: 'acme.internal',
    },
    service_connect: { namespace: 'tenants' },
    rollout_timeout_seconds: 60,
    destroy_wait_seconds: 0,
    revisions_kept: 1,
    allow: {
      task_role_arns: ['*'],
      task_definition_arns: ['*'],
      target_group_arns: ['*'],
      service_registry_arns: ['*'],
      subnets: ['*'],
      security_groups: ['*'],
      secrets: ['*'],
      public_ip: false,
      desired_count: 1,
    },
  },
  Environment: {
    BERTH_PROVIDERS: { eu: { type: 'ecs', cluster: 'c' } },
    DOCKER_HOST: 'unix:///s',
    BERTH_DATA_DIR: '.d',
    BERTH_PORT: 0,
    BERTH_LOG_LEVEL: 'DEBUG',
    BERTH_INSTALLATION: 'i',
    BERTH_STATUS_MAX_AGE_MS: 1,
    BERTH_EVENT_BUS: 'b',
    BERTH_TABLE: 'table',
    BERTH_OPERATION_DEADLINE_SECONDS: 1,
    HOME: '/',
  },
  TenantPath: { tenant_id: 'acme' },
  ProviderPath: { name: 'memory' },
  OperationPath: { operation_id: 'o' },
  ProviderQuery: { provider: 'memory' },
  LimitQuery: { limit: '1' },
  LogsQuery: { container: 'web', tail: '10', cursor: 'c' },
  WaitQuery: { wait: '20' },
  // Labels are read by the schema.
  ListQuery: { provider: 'memory', phase: 'ready', limit: '100', cursor: 'c' },
  NoParameters: {},
  AnyParameters: { any: 'thing' },
  RollbackRequest: { revision: 1 },
};

/** Every place in a value, as a pointer, and which of them have fields. */
function placesIn(value: unknown, at = ''): { place: string; isObject: boolean }[] {
  const own = { place: at, isObject: typeof value === 'object' && value !== null && !Array.isArray(value) };
  if (typeof value !== 'object' || value === null) return [own];
  return [own, ...Object.entries(value).flatMap(([key, field]) => placesIn(field, `${at}/${key}`))];
}

async function compare(room: string, { name, schema }: Source): Promise<Comparison> {
  const module: Record<string, Shape> = await import(fileOf(room));
  const shape = module[`${name.charAt(0).toLowerCase()}${name.slice(1)}Shape`];
  if (!shape) throw new Error(`${room} has no shape of ${name}`);
  expect(await shape.schema()).toBe(schema);
  return { accept: shape.accept, judge: (input) => schema.safeParse(input).data };
}

const all = Object.entries(rooms).flatMap(([room, sources]) => sources.map((source) => ({ room, source })));
/** Those of specifications have more to compare with: see test/compute/spec/shapes.test.ts. */
const unmeasured = all.filter(({ source }) => !source.measured);

test.each(Object.entries(rooms))(
  'the shapes of %s are those of its schemas; `npm run acceptors` writes them',
  (room, sources) => {
    expect(readFileSync(fileOf(room), 'utf8')).toBe(renderShapes(room, sources));
  },
);

describe.each(unmeasured)(
  'what is known of $source.name without its schema is what the schema makes of it',
  ({ room, source }) => {
    const example = examples[source.name];

    test('what is usual is known', async () => {
      const { accept, judge } = await compare(room, source);
      expect(accept(example)).toBeDefined();
      expect(accept(example)).toStrictEqual(judge(example));
    });

    test('with something else in any place, or nothing', async () => {
      const comparison = await compare(room, source);
      const times = [
        '2026-02-29T00:00:00Z',
        '2026-01-02 03:04:05Z',
        '2026-01-02T03:04:05',
        '2026-01-02T03:04:05+02:00',
      ];
      const short = edges().filter((value) => typeof value !== 'string' || value.length <= 600);
      const words = ['ready', 'running', 'success', 'memory', '1', '0', '1e1', '05', '101', '99999999999'];
      const places = placesIn(example).slice(1);
      const odd = [...short, ...times, ...words];
      const strange = oddities();
      // Of a large shape each place gets some of the values; together they get them all, several times.
      const stride = Math.ceil(places.length / 16);
      for (const [index, { place }] of places.entries()) {
        const some = <T>(values: readonly T[]) => values.filter((_value, at) => (at + index) % stride === 0);
        for (const value of some(odd)) expectSame(replaceAt(example, place, value), comparison);
        for (const value of some(strange)) expectSound(replaceAt(example, place, value), comparison);
        const without = replaceAt(example, place, undefined);
        // A time that is left out may be now, which is for the schema to say.
        if (place.endsWith('_at') || place.endsWith('last_updated')) expectSound(without, comparison);
        else expectSame(without, comparison);
      }
    });

    test('with any key', async () => {
      const comparison = await compare(room, source);
      for (const { place, isObject } of placesIn(example)) {
        if (!isObject) continue;
        for (const key of ['more', 'constructor', 'a b', '']) {
          expectSame(replaceAt(example, `${place}/${key}`, 'x'), comparison);
        }
        expectSound(replaceAt(example, `${place}/__proto__`, 'x'), comparison);
      }
    });
  },
);

describe('a schema that is not known whole is refused', () => {
  const render = (schema: z.ZodType) => () => renderShapes('src/compute', [{ name: 'X', file: 'src/x.ts', schema }]);

  test.each<[string, z.ZodType, string]>([
    ['a refinement without a name', z.object({ a: z.string().refine((text) => text !== 'b') }), 'a has a refinement'],
    ['a custom type', z.object({ a: z.custom<string>() }), 'a has no type'],
    ['a format', z.object({ a: z.email() }), 'email'],
    ['a keyword', z.object({ a: z.number().multipleOf(2) }), 'multipleOf'],
    ['a transformed entry', z.object({ a: z.array(z.string().transform((text) => text.length)) }), 'is transformed'],
    [
      'choices of which both may fit',
      z.object({ a: z.union([z.object({ b: z.string() }), z.object({ c: z.string() })]) }),
      'another may take',
    ],
    ['a text of some length', z.object({ a: z.string().min(2) }), 'more than one character'],
  ])('%s', (_case, schema, message) => {
    expect(render(schema)).toThrow(message);
  });
});
