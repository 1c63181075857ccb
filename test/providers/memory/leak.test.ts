import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Provider } from '../../../src/compute/provider.ts';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import { createMemoryBackend, type MemoryBackend, type Shelf } from '../../../src/providers/memory/backend.ts';
import { createMemoryProvider } from '../../../src/providers/memory/provider.ts';
import { leakRun } from '../../support/leak-programs.ts';

const step = fc.record({
  operation: fc.constantFrom('provision', 'update', 'restart', 'stop', 'destroy'),
  tenant: fc.constantFrom('one', 'two'),
  image: fc.constantFrom('app:1', 'app:2'),
  isBroken: fc.boolean(),
  volume: fc.constantFrom('none', 'mounted', 'retained'),
  /** The number of accesses to the backend after which the process is killed, before or after the last one took effect. */
  killedAfter: fc.option(fc.nat(6), { freq: 2 }),
  withEffect: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

test('after any calls and kills, list returns every record, and destroy removes all but retained volumes', async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (program) => {
    const backend = createMemoryBackend();
    for (const { killedAfter, withEffect, ...what } of program) {
      const mortal = killedAfter === null ? backend : mortalBackend(backend, killedAfter, withEffect);
      await perform(createMemoryProvider({ name: 'memory', backend: mortal }), what).catch(() => undefined);
    }
    const survivor = createMemoryProvider({ name: 'memory', backend });
    const listed = (await Array.fromAsync(survivor.list())).map(({ tenant_id }) => tenant_id);
    expect(listed.length).toBe([...backend.records.keys()].length);
    for (const tenantId of listed) await survivor.destroy(tenantId);
    expect([...backend.records.keys()]).toEqual([]);
    const left = [...backend.volumes.keys()].map((key) => backend.volumes.get(key)?.retain);
    expect(left.every(Boolean), 'every volume that is left is retained').toBe(true);
  });
  const { numRuns, seed } = leakRun('memory', 200);
  await fc.assert(property, { numRuns, seed });
});

async function perform(
  provider: Provider,
  { operation, tenant, image, isBroken, volume }: Omit<Step, 'killedAfter' | 'withEffect'>,
): Promise<void> {
  const spec = validateComputeSpec({
    tenant_id: tenant,
    provider_type: 'memory',
    containers: [{ name: 'web', image, ...(volume !== 'none' && { volumes: [{ name: 'data', path: '/data' }] }) }],
    ...(volume === 'retained' && { volumes: [{ name: 'data', retain: true }] }),
    resources: { cpu: 128, memory: 128 },
    ...(isBroken && { provider_config: { faults: { rollout: 'unhealthy' } } }),
  });
  if (operation === 'provision') await provider.provision(spec);
  else if (operation === 'update') await provider.update(tenant, spec);
  else if (operation === 'restart') await provider.update(tenant, spec, { restart: `${tenant}.1` });
  else if (operation === 'stop') await provider.stop?.(tenant);
  else await provider.destroy(tenant);
}

/** Returns the backend as seen by a process that is killed at some access: later accesses have no effect. */
function mortalBackend(
  { records, volumes, counters }: MemoryBackend,
  accesses: number,
  withEffect: boolean,
): MemoryBackend {
  let left = accesses;
  const touch = <T>(access: () => T): T => {
    left -= 1;
    if (left >= 0) return access();
    if (left === -1 && withEffect) access();
    throw new Error('killed');
  };
  const mortalShelf = <T>(shelf: Shelf<T>): Shelf<T> => ({
    get: (key) => touch(() => shelf.get(key)),
    set: (key, value) => touch(() => shelf.set(key, value)),
    delete: (key) => touch(() => shelf.delete(key)),
    keys: () => touch(() => shelf.keys()),
  });
  return { records: mortalShelf(records), volumes: mortalShelf(volumes), counters: mortalShelf(counters) };
}
