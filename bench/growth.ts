import { toTable } from '../infra/local/table.ts';
import { Manager, Registry, silentLogger } from '../src/index.ts';
import { createMemoryProvider } from '../src/providers/memory/provider.ts';
import { Converger } from '../src/tenants/converge.ts';
import { Pacer } from '../src/tenants/pacer.ts';
import { Store } from '../src/tenants/store.ts';
import { Sweeper } from '../src/tenants/sweeper.ts';
import type { Table } from '../src/tenants/table.ts';
import { Tenants } from '../src/tenants/tenants.ts';
import { createIndexedTable } from '../test/support/indexed-table.ts';
import { aSpec } from '../test/support/specs.ts';
import { aReadyTenant, aTenant } from '../test/support/tenants.ts';
import { machine } from './harness.ts';

/*
 * What one request costs with ever more tenants in the store, in memory: the code's own time, and what it asks of the table.
 * `node bench/store.ts --large` measures the same on the embedded table, where a hundred thousand take minutes to write.
 */

const SIZES = [100, 10_000, 100_000];
const ROUNDS = 101;
/** How many tenants have unfinished work when a sweep of them is measured. */
const UNFINISHED = [0, 20];

interface Cost {
  milliseconds: number;
  reads: number;
  writes: number;
}

const calls = { reads: 0, writes: 0 };
const indexed = createIndexedTable();
const table: Table = {
  get: (...args) => counted('reads', () => indexed.get(...args)),
  query: (...args) => counted('reads', () => indexed.query(...args)),
  put: (...args) => counted('writes', () => indexed.put(...args)),
  remove: (...args) => counted('writes', () => indexed.remove(...args)),
};
const store = new Store(table);
const registry = new Registry(silentLogger);
registry.register(createMemoryProvider({ name: 'memory' }));
const manager = new Manager(registry, silentLogger);
const converger = new Converger({ store, manager, pacer: new Pacer({ table }), logger: silentLogger });
const tenants = new Tenants({ store, manager, converger });
const sweeper = new Sweeper({ store, converger, logger: silentLogger });
const caller = { actor: 'bench' };
let size = 0;
let made = 0;

function counted<T>(kind: keyof typeof calls, call: () => Promise<T>): Promise<T> {
  calls[kind] += 1;
  return call();
}

async function growTo(wanted: number): Promise<void> {
  for (; size < wanted; size += 1) {
    await new Store(indexed).putTenant(aReadyTenant({ id: idOf(size), provider: 'memory' }), 0);
  }
}

function idOf(n: number): string {
  return `tenant-${String(n).padStart(6, '0')}`;
}

async function provision(): Promise<void> {
  made += 1;
  await tenants.provision(aSpec({ tenant_id: `new-${made}`, provider_type: 'memory' }), caller);
}

async function leaveUnfinished(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    made += 1;
    await new Store(indexed).putTenant(aTenant({ id: `left-${made}`, provider: 'memory' }), 0);
  }
}

async function listMiddle(): Promise<void> {
  await store.listTenants({ limit: 50, caller: 'bench', ...(cursor && { cursor }) });
}

let cursor: string | undefined;

/** A cursor into the middle of the list, where a page is no cheaper to find than any other. */
async function findMiddle(): Promise<void> {
  cursor = undefined;
  for (let seen = 0; seen < size / 2; seen += 1000) {
    const page = await store.listTenants({ limit: 1000, caller: 'bench', ...(cursor && { cursor }) });
    cursor = page.next_cursor;
  }
}

async function measure(
  run: () => Promise<unknown>,
  before: () => Promise<unknown> = async () => undefined,
): Promise<Cost> {
  const samples: number[] = [];
  let cost = { ...calls };
  for (let round = 0; round < ROUNDS; round += 1) {
    await before();
    const [from, begun] = [{ ...calls }, performance.now()];
    await run();
    samples.push(performance.now() - begun);
    cost = { reads: calls.reads - from.reads, writes: calls.writes - from.writes };
  }
  return { milliseconds: samples.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN, ...cost };
}

const results = new Map<string, Cost[]>();
for (const wanted of [SIZES[0] ?? 0, ...SIZES]) {
  await growTo(wanted);
  if (size === wanted && results.size === 0) await measure(provision); // to warm up
  await findMiddle();
  const work: [string, () => Promise<unknown>, (() => Promise<unknown>)?][] = [
    ['list, a page of 50 from the middle', listMiddle],
    ['status', () => tenants.status(`new-${made}`, {}), provision],
    ['get a tenant', () => tenants.get(idOf(size >> 1))],
    ['provision', provision],
    ...UNFINISHED.map((count): [string, () => Promise<unknown>, () => Promise<unknown>] => [
      `sweep, ${count} unfinished`,
      () => sweeper.sweep({ patience: 0 }),
      () => leaveUnfinished(count),
    ]),
  ];
  for (const [name, run, before] of work) {
    const costs = results.get(name) ?? [];
    costs.push(await measure(run, before));
    results.set(name, costs);
  }
}

const rows = [...results].map(([name, costs]) => {
  const sized = costs.slice(1); // the first was to warm up
  return [
    name,
    ...sized.map(({ milliseconds }) => milliseconds.toFixed(3)),
    ...sized.map(({ reads, writes }) => `${reads}+${writes}`),
  ];
});
const sizes = SIZES.map((count) => count.toLocaleString('en'));
process.stdout.write(
  `${machine()}\nMilliseconds (medians), and reads+writes of the table, by number of tenants; the table is in memory.\n\n${toTable([['', ...sizes.map((count) => `ms, ${count}`), ...sizes.map((count) => `calls, ${count}`)], ...rows])}\n`,
);
