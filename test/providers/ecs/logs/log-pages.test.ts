import { expect, test } from 'vitest';
import {
  ProviderFailedError,
  TenantNotFoundError,
  ThrottledError,
  UnsupportedError,
} from '../../../../src/compute/errors.ts';
import { capabilitiesOf, type LogQuery, type Provider } from '../../../../src/compute/provider.ts';
import type { LogPage } from '../../../../src/compute/results.ts';
import { permissions } from '../../../../src/providers/ecs/permissions.ts';
import { refusal } from '../../../conformance/expectations.ts';
import { ACCOUNT, REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { startFakeLogs } from '../../../support/fake-logs/fake-logs.ts';
import { defaults, LOG_GROUP, logsClient, name } from '../ecs-subject.ts';
import { bringUp, ecsSpec, openEcs, ROLLOUT, withImage } from '../open-ecs.ts';

const settings = { ...defaults, log_group: LOG_GROUP };
const AT = Date.parse('2026-11-01T00:00:00.123Z');

async function logsOf(provider: Provider, tenantId: string, query?: LogQuery): Promise<LogPage> {
  if (!provider.logs) throw new Error('the provider has no logs');
  return provider.logs(tenantId, query);
}

/** Provisions a tenant, and lets the test write to its log streams. */
async function openLogs(groups: readonly string[] = [LOG_GROUP]) {
  const [ecs, fake] = await Promise.all([openEcs(), startFakeLogs(groups)]);
  const client = logsClient(fake);
  const provider = ecs.provide({ defaults: settings, logsClient: client });
  const spec = ecsSpec('acme');
  await bringUp({ ...ecs, provider }, spec);
  const newestTask = () =>
    [...ecs.fake.state.tasks].findLast(({ task }) => task.lastStatus === 'RUNNING')?.task.taskArn;
  return {
    ecs,
    fake,
    provider,
    spec,
    streamOf: (container: string) => `berth-ecs_acme/${container}/${newestTask()?.split('/').at(-1)}`,
    async read(query: LogQuery = {}) {
      const { lines, next_cursor: cursor } = await logsOf(provider, 'acme', query);
      return { lines, texts: lines.map(({ text }) => text), cursor };
    },
    async [Symbol.asyncDispose]() {
      client.close?.();
      await fake.close();
      await ecs[Symbol.asyncDispose]();
    },
  };
}

test('without a log group logs are unsupported, and the error names the missing setting', async () => {
  await using ecs = await openEcs();
  expect(capabilitiesOf(ecs.provider).logs).toBe(false);
  const error = await refusal(logsOf(ecs.provider, 'acme'), UnsupportedError);
  expect(error.message).toBe('not supported: provider ecs keeps no logs, because its settings name no log_group');
  expect(error.hint).toContain('set log_group');
  expect(capabilitiesOf(ecs.provide({ defaults: settings })).logs).toBe(true);
});

test('lines of all containers are ordered by time', async () => {
  await using lab = await openLogs();
  lab.fake.put(LOG_GROUP, lab.streamOf('web'), ['second'], AT + 1);
  lab.fake.put(LOG_GROUP, lab.streamOf('worker'), ['first'], AT);
  lab.fake.put(LOG_GROUP, lab.streamOf('worker'), ['third'], AT + 2);
  expect((await lab.read()).lines).toEqual([
    { container: 'worker', time: '2026-11-01T00:00:00.123Z', text: 'first' },
    { container: 'web', time: '2026-11-01T00:00:00.124Z', text: 'second' },
    { container: 'worker', time: '2026-11-01T00:00:00.125Z', text: 'third' },
  ]);
  expect((await lab.read({ container: 'web' })).texts).toEqual(['second']);
});

test('events of one millisecond are returned once each, even if a page ends between them', async () => {
  await using lab = await openLogs();
  const many = Array.from({ length: 1205 }, (_, index) => `event ${index}`);
  lab.fake.put(LOG_GROUP, lab.streamOf('web'), many.slice(0, 105), AT);
  const first = await lab.read({ tail: 1 });
  expect(first.texts).toEqual(['event 104']);
  lab.fake.put(LOG_GROUP, lab.streamOf('web'), many.slice(105), AT);
  const second = await lab.read({ cursor: first.cursor });
  expect(second.texts).toEqual(many.slice(105, 1105));
  const third = await lab.read({ cursor: second.cursor });
  expect(third.texts).toEqual(many.slice(1105));
  expect((await lab.read({ cursor: third.cursor })).texts).toEqual([]);
});

test('empty pages of CloudWatch are skipped', async () => {
  await using lab = await openLogs();
  lab.fake.put(LOG_GROUP, lab.streamOf('web'), ['one'], AT);
  lab.fake.emptyPages = 3;
  const { texts, cursor } = await lab.read();
  expect(texts).toEqual(['one']);
  lab.fake.put(LOG_GROUP, lab.streamOf('web'), ['two'], AT);
  expect((await lab.read({ cursor })).texts).toEqual(['two']);
});

test('a cursor continues through a rollout, from the old task to the new one', async () => {
  await using lab = await openLogs();
  const old = lab.streamOf('web');
  lab.fake.put(LOG_GROUP, old, ['old'], AT);
  const { cursor } = await lab.read();
  await lab.provider.update('acme', withImage(lab.spec, 'good.example/app:2'));
  await lab.ecs.pass(ROLLOUT);
  lab.fake.put(LOG_GROUP, old, ['last of old'], AT + 1);
  lab.fake.put(LOG_GROUP, lab.streamOf('web'), ['new'], AT + 2);
  expect((await lab.read({ cursor })).texts).toEqual(['last of old', 'new']);
  expect((await lab.read({ tail: 2, container: 'web' })).texts).toEqual(['last of old', 'new']);
});

test('env values are redacted, including those of earlier versions', async () => {
  await using lab = await openLogs();
  const withEnv = (TOKEN: string) => ({
    ...lab.spec,
    containers: lab.spec.containers.map((container) => ({ ...container, env: { TOKEN, LEVEL: 'info' } })),
  });
  for (const token of ['tok-123', 'tok-456']) {
    await lab.provider.update('acme', withEnv(token));
    await lab.ecs.pass(ROLLOUT);
    lab.fake.put(LOG_GROUP, lab.streamOf('web'), [`info: token ${token}`], AT);
  }
  expect((await lab.read()).texts).toEqual(['info: token [redacted]', 'info: token [redacted]']);
});

test('a missing log group is named as the mistake, and a missing stream is empty', async () => {
  await using lab = await openLogs([]);
  const error = await refusal(lab.read(), ProviderFailedError);
  expect(error.message).toContain('the log group does not exist');
  expect(error).toMatchObject({ retryable: false, hint: expect.stringContaining('log_group') });
  await using empty = await openLogs();
  expect((await empty.read()).texts).toEqual([]);
});

test('throttled reads are retried, and thrown in the end', async () => {
  await using lab = await openLogs();
  lab.fake.put(LOG_GROUP, lab.streamOf('web'), ['one'], AT);
  lab.fake.refuse('ThrottlingException', 'Rate exceeded', 3);
  expect((await lab.read()).texts).toEqual(['one']);
  lab.fake.refuse('ThrottlingException', 'Rate exceeded', 1000);
  await refusal(lab.read(), ThrottledError);
});

test('a tenant without a service of this provider has no logs', async () => {
  await using lab = await openLogs();
  await refusal(logsOf(lab.provider, 'missing'), TenantNotFoundError);
  await refusal(logsOf(lab.ecs.provide({ name: 'other', defaults: settings }), 'acme'), TenantNotFoundError);
});

test('reading logs uses exactly its permissions, bound to the tenants’ streams', async () => {
  await using lab = await openLogs();
  lab.fake.put(LOG_GROUP, lab.streamOf('web'), ['one'], AT);
  lab.ecs.calls();
  const { cursor } = await lab.read();
  await lab.read({ cursor });
  const called = new Set([
    ...lab.ecs.calls().map((call) => `ecs:${call}`),
    ...lab.fake.calls.map(({ operation }) => `logs:${operation}`),
  ]);
  const statements = permissions('logs', { name, defaults: settings });
  expect([...called].toSorted()).toEqual(statements.flatMap(({ actions }) => actions).toSorted());
  expect(statements.find(({ actions }) => actions.includes('logs:GetLogEvents'))?.resources).toEqual([
    `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${LOG_GROUP}:log-stream:berth-ecs_*`,
  ]);
  for (const { input } of lab.fake.calls) {
    expect(input.logGroupName).toBe(LOG_GROUP);
    expect(input.logStreamName).toMatch(/^berth-ecs_acme\//);
  }
});
