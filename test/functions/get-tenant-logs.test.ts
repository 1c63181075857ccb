import { beforeAll, expect, test } from 'vitest';
import { handler as destroy } from '../../functions/destroy-tenant.ts';
import { handler as logs } from '../../functions/get-tenant-logs.ts';
import { handler as provision } from '../../functions/provision-tenant.ts';
import { UnsupportedError } from '../../src/compute/errors.ts';
import type { LogQuery, Provider } from '../../src/compute/provider.ts';
import { createMemoryProvider } from '../../src/providers/memory/provider.ts';
import { invoke, memorySpec, useServices } from './invoke.ts';

const asked: (LogQuery & { tenantId: string })[] = [];
const ANSI = '\u001b[31mred\u001b[0m \u0000 "quoted" \u2028 end';
let lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  const services = await useServices();
  services.registry.register(talkative('talkative'));
  services.registry.register({ ...talkative('forbidden'), logs: refuse });
  lines = services.lines;
});

/** Returns a provider whose containers have written a line. */
function talkative(name: string): Provider {
  const memory = createMemoryProvider({ name });
  return {
    name,
    configSchema: memory.configSchema,
    provision: (spec, call) => memory.provision(spec, call),
    update: (tenantId, spec, call) => memory.update(tenantId, spec, call),
    destroy: (tenantId, call) => memory.destroy(tenantId, call),
    getStatus: (tenantId, call) => memory.getStatus(tenantId, call),
    validate: (spec, call) => memory.validate(spec, call),
    list: (call) => memory.list(call),
    async logs(tenantId, { container, tail, cursor, signal } = {}) {
      expect(signal).toBeInstanceOf(AbortSignal);
      asked.push({ tenantId, container, tail, cursor });
      const time = '2026-11-24T01:02:03.004Z';
      return cursor ? { lines: [] } : { lines: [{ container: 'web', time, text: ANSI }], next_cursor: 'there' };
    },
  };
}

async function refuse(): Promise<never> {
  throw new UnsupportedError('no log_group is set');
}

async function up(tenant_id: string, provider_type: string): Promise<void> {
  const { status } = await invoke(provision, { body: memorySpec({ tenant_id, provider_type }) });
  expect(status).toBe(201);
}

function read(tenant_id: string, query: Record<string, string> = {}) {
  return invoke(logs, { path: { tenant_id }, query });
}

test('a page comes from the provider on record, with control characters as data and null as the last cursor', async () => {
  await up('loud', 'talkative');
  asked.length = 0;
  const first = await read('loud', { container: 'web', tail: '5' });
  expect(first).toMatchObject({ status: 200, body: { next_cursor: 'there' } });
  expect(first.body.lines).toEqual([{ container: 'web', time: '2026-11-24T01:02:03.004Z', text: ANSI }]);
  expect((await read('loud', { cursor: 'there' })).body).toEqual({ lines: [], next_cursor: null });
  expect(asked).toEqual([
    { tenantId: 'loud', container: 'web', tail: 5, cursor: undefined },
    { tenantId: 'loud', container: undefined, tail: undefined, cursor: 'there' },
  ]);
});

test('a container that the specification and the provider do not know is refused with the names of the others', async () => {
  await up('narrow', 'talkative');
  const unknown = await read('narrow', { container: 'db', cursor: 'there' });
  expect(unknown).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
  const [{ pointer, detail } = { pointer: '', detail: '' }] = unknown.body.errors as {
    pointer: string;
    detail: string;
  }[];
  expect(pointer).toBe('/container');
  expect(detail).toBe('tenant narrow has no container db; its containers are web');
  // A container of an earlier revision may still run.
  expect((await read('narrow', { container: 'db' })).status).toBe(200);
});

test('the lines of a tenant stay out of our own log, and the call is measured', async () => {
  await up('quiet', 'talkative');
  lines.length = 0;
  await read('quiet');
  const text = JSON.stringify(lines);
  expect(text).not.toContain('quoted');
  expect(text).toContain('"operation":"logs"');
});

test('a provider without logs is refused with 501 and its reason', async () => {
  await up('mute', 'memory');
  expect(await read('mute')).toMatchObject({ status: 501, body: { code: 'unsupported' } });
  await up('hushed', 'forbidden');
  const { body } = await read('hushed');
  expect(body).toMatchObject({ status: 501, code: 'unsupported', detail: 'not supported: no log_group is set' });
});

test('a tenant that never was, or was destroyed, is 404', async () => {
  expect((await read('unknown')).status).toBe(404);
  await up('gone', 'talkative');
  await invoke(destroy, { path: { tenant_id: 'gone' } });
  expect((await read('gone')).status).toBe(404);
});

test.each([
  [{ tail: '-1' }, '/query/tail'],
  [{ tail: '1001' }, '/query/tail'],
  [{ tail: '1e3' }, '/query/tail'],
  [{ container: '../web' }, '/query/container'],
  [{ cursor: 'x'.repeat(5000) }, '/query/cursor'],
  [{ follow: 'true' }, '/query/follow'],
])('%j is refused before the provider is called', async (query, pointer) => {
  asked.length = 0;
  const { status, body } = await read('loud', query as unknown as Record<string, string>);
  expect(status).toBe(422);
  expect(body.errors).toEqual([expect.objectContaining({ pointer })]);
  expect(asked).toEqual([]);
});
