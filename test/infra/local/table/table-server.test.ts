import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startTableServer } from '../../../../infra/local/table/table-server.ts';
import { type IndexName, type Item, indexes, type Table } from '../../../../src/tenants/store/table.ts';
import { send, temporaryDirectory } from '../fixture.ts';
import { LANES, laneItem, versionOf } from './table-writer.ts';

const first = { pk: 'tenant#first', sk: 'first', data: 'one', version: 1 };
const last = { pk: 'tenant#last', sk: 'last', data: 'two', version: 1 };

/** A table server that is closed when the test is over. */
async function start(directory?: string) {
  const server = await startTableServer({ directory });
  onTestFinished(() => server.close());
  return server;
}

test('what a process acknowledged is there after it was killed, and every index says what the items say', async () => {
  const directory = join(temporaryDirectory(), 'tables');
  const known = new Map<number, number>();
  const round = fc.asyncProperty(fc.integer({ min: 0, max: 600 }), async (writes) => {
    for (const [lane, version] of await writeUntilKilled(directory, writes)) known.set(lane, version);
    const { table, close } = await startTableServer({ directory });
    try {
      await expectWhole(table, known);
    } finally {
      await close();
    }
  });
  await fc.assert(round, { numRuns: 5, endOnFailure: true });
}, 60_000);

/** Has another process write, and kills it after so many acknowledged writes. Answers the last one of each item. */
async function writeUntilKilled(directory: string, writes: number): Promise<Map<number, number>> {
  const script = fileURLToPath(new URL('table-writer.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const acknowledged = new Map<number, number>();
  let count = 0;
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    const [, lane, version] = /^(\d+) (\d+)$/.exec(line) ?? [];
    if (lane && version) acknowledged.set(Number(lane), Number(version));
    count += 1;
    if (count > writes) child.kill('SIGKILL');
  }
  expect(count).toBeGreaterThan(writes);
  return acknowledged;
}

/** Everything known is there, at most one write more, and no index says otherwise. Makes what is there the known. */
async function expectWhole(table: Table, known: Map<number, number>): Promise<void> {
  const items: Item[] = [];
  for (let lane = 0; lane < LANES; lane += 1) {
    const version = await versionOf(table, lane);
    const least = known.get(lane) ?? 0;
    expect([least, least + 1], `lane ${lane}, of which ${least} was acknowledged`).toContain(version);
    known.set(lane, version);
    if (version > 0) items.push(laneItem(lane, version));
    if (version > 0) expect(await table.get(`tenant#lane-${lane}`, `lane-${lane}`)).toEqual(laneItem(lane, version));
  }
  const values = {
    listed: ['tenant'],
    provider: ['even'],
    phase: ['provisioning', 'ready', 'updating'],
    work: ['work'],
  };
  for (const [index, keys] of Object.entries(values) as [IndexName, string[]][]) {
    const { key: attribute, sort } = indexes[index];
    const places = (found: readonly Item[]) => found.map((item) => `${item.pk} at ${item[sort]}`).sort();
    for (const key of keys) {
      const found = await table.query({ index, key, limit: 1000 });
      const expected = items.filter((item) => item[attribute] === key);
      expect(places(found), `index ${index}, ${key}`).toEqual(places(expected));
    }
  }
}

test('a kill while the table was being created is made up for by the next start', async () => {
  const directory = join(temporaryDirectory(), 'tables');
  mkdirSync(`${directory}.new`);
  writeFileSync(join(`${directory}.new`, 'CURRENT'), 'half a na');
  const { table } = await start(directory);
  await table.put(first, 'absent');
  expect(await table.get(first.pk, first.sk)).toEqual(first);
  expect(existsSync(`${directory}.new`)).toBe(false);
});

test.each([
  ['cut off', (log: string) => truncateSync(log, readFileSync(log).length - 5)],
  ['followed by garbage', (log: string) => writeFileSync(log, Buffer.alloc(99, 7), { flag: 'a' })],
])('a log whose end is %s loses at most the last write', async (_, damage) => {
  const directory = join(temporaryDirectory(), 'tables');
  const before = await startTableServer({ directory });
  await before.table.put(first, 'absent');
  await before.table.put(last, 'absent');
  await before.close();
  const log = readdirSync(directory).find((name) => name.endsWith('.log')) ?? '';
  damage(join(directory, log));

  const { table } = await start(directory);
  expect(await table.get(first.pk, first.sk)).toEqual(first);
  await table.put({ ...last, version: 2 }, 'any');
  expect(await table.get(last.pk, last.sk)).toMatchObject({ version: 2 });
});

test('files that cannot be read are said to be so, and left as they are', async () => {
  const directory = join(temporaryDirectory(), 'tables');
  await (await startTableServer({ directory })).close();
  writeFileSync(join(directory, 'CURRENT'), 'MANIFEST-999999\n');
  await expect(startTableServer({ directory })).rejects.toThrow(
    /^The tenants table in .+ cannot be read \(.+\)\.\nPut/,
  );
  expect(readFileSync(join(directory, 'CURRENT'), 'utf8')).toBe('MANIFEST-999999\n');
});

test('a directory is one process’s at a time', async () => {
  const directory = join(temporaryDirectory(), 'tables');
  const { table } = await start(directory);
  await expect(startTableServer({ directory })).rejects.toThrow('Another process has the tenants table');
  await table.put(first, 'absent');
  expect(await table.get(first.pk, first.sk)).toEqual(first);
});

test('the port answers nobody but the process itself, a web page in a browser neither', async () => {
  const { client } = await start();
  const { protocol, hostname, port } = (await client.config.endpoint?.()) ?? {};
  expect(hostname).toBe('127.0.0.1');
  const url = `${protocol}//${hostname}:${port}`;
  const forged =
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/local/dynamodb/aws4_request, SignedHeaders=host';
  const headers = {
    authorization: forged,
    origin: 'https://example.com',
    'x-amz-target': 'DynamoDB_20120810.ListTables',
  };
  for (const method of ['GET', 'OPTIONS', 'POST']) {
    const reply = await send(url, method, '/', { foreign: true, headers, ...(method === 'POST' && { body: {} }) });
    expect([reply.status, reply.text], method).toEqual([403, '']);
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
  }
  expect(await send(url, 'POST', '/', { foreign: true, headers: { 'x-amz-target': 'x.y' }, body: {} })).toMatchObject({
    status: 403,
  });
});

test('closing finishes what is under way', async () => {
  const directory = join(temporaryDirectory(), 'tables');
  const before = await startTableServer({ directory });
  const items = Array.from({ length: 40 }, (_, n) => ({ ...first, sk: `item-${n}` }));
  await before.table.put(first, 'absent'); // from here on, the client is connected
  const writing = items.map((item) => before.table.put(item, 'absent'));
  writing.push(before.table.query({ key: first.pk, limit: 10 }).then(() => undefined));
  await Promise.race(writing);
  const [outcomes] = await Promise.all([Promise.allSettled(writing), before.close()]);

  const { table } = await start(directory);
  const found = new Set((await table.query({ key: first.pk, limit: 100 })).map(({ sk }) => sk));
  expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
  for (const [n, { sk }] of items.entries()) if (outcomes[n]?.status === 'fulfilled') expect(found).toContain(sk);
});

test('the AWS settings of whoever runs it do not matter', async () => {
  const config = join(temporaryDirectory(), 'config');
  writeFileSync(config, '[default]\nregion = nowhere\nmax_attempts = many\nuse_fips_endpoint = perhaps\n');
  vi.stubEnv('AWS_CONFIG_FILE', config);
  vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
  vi.stubEnv('AWS_RETRY_MODE', 'sometimes');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { table } = await start();
  await table.put(first, 'absent');
  expect(await table.get(first.pk, first.sk)).toEqual(first);
});
