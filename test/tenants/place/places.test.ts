import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PlaceChangedError } from '../../../src/compute/errors.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import { createMemoryBackend } from '../../../src/providers/memory/backend.ts';
import { createMemoryProvider } from '../../../src/providers/memory/provider.ts';
import { createProcessProvider } from '../../../src/providers/process/provider.ts';
import { systemClock } from '../../../src/tenants/clock.ts';
import { memorySpec } from '../../functions/invoke.ts';
import { temporaryDirectory } from '../../infra/local/fixture.ts';
import { defaults as ecsDefaults, name as ecsName } from '../../providers/ecs/ecs-subject.ts';
import { ecsSpec, openEcs, ROLLOUT } from '../../providers/ecs/open-ecs.ts';
import { createMemoryTable } from '../../support/memory-table.ts';
import { allRefused, codeOf, me, openInstallation, takeInventory, tryEverything, untilEnded } from './lab.ts';

const spec = validateComputeSpec(memorySpec());
const other = validateComputeSpec(memorySpec({ resources: { cpu: 256, memory: 128 } }));
const here = createMemoryBackend('here');
const memoryOn = (backend = createMemoryBackend('here')) => createMemoryProvider({ name: 'memory', backend });

function withImage(tenant: TenantComputeSpec): TenantComputeSpec {
  return { ...tenant, resources: { ...tenant.resources, cpu: tenant.resources.cpu * 2 } };
}

/** The same scenario for each provider: the setting changes under a tenant, and is restored. */
async function moveAndReturn(tenant: TenantComputeSpec, at: Provider, elsewhere: Provider) {
  const table = createMemoryTable();
  const before = openInstallation(table, at);
  await before.tenants.provision(tenant, me);
  expect(await untilEnded(before, tenant.tenant_id)).toBe('succeeded');
  const recorded = await before.tenants.get(tenant.tenant_id);
  expect(recorded.place).toEqual(await at.place?.());

  const moved = openInstallation(table, elsewhere);
  expect(await tryEverything(moved, tenant, withImage(tenant))).toEqual(allRefused);
  expect(await takeInventory(moved)).toEqual({ [tenant.tenant_id]: ['moved'] });
  expect(moved.logger.entries.filter(({ message }) => message === 'tenants at another place')).toHaveLength(1);
  expect(await codeOf(moved.tenants.provision({ ...tenant, tenant_id: 'newcomer' }, me))).toBe('place_changed');
  expect(await moved.tenants.get(tenant.tenant_id)).toEqual(recorded);
  expect(await Array.fromAsync(elsewhere.list())).toEqual([]);
  const status = await at.getStatus(tenant.tenant_id);
  expect(status.state).toBe('running');

  const restored = openInstallation(table, at);
  expect(await restored.tenants.status(tenant.tenant_id, {})).toMatchObject({ state: 'running' });
  expect(await takeInventory(restored)).toEqual({ [tenant.tenant_id]: ['held'] });
  await restored.tenants.destroy(tenant.tenant_id, me);
  expect(await untilEnded(restored, tenant.tenant_id)).toBe('succeeded');
  expect((await Array.fromAsync(at.list())).map(({ tenant_id }) => tenant_id)).toEqual([]);

  const free = openInstallation(table, elsewhere);
  await free.placeClaims.claim(elsewhere.name); // no tenant is left at the old place
}

test('a tenant of the memory provider is not lost when the backend changes', async () => {
  await moveAndReturn(spec, memoryOn(here), memoryOn(createMemoryBackend('there')));
});

test('a tenant of the memory provider is not lost when the folder of its files changes', async () => {
  const at = (dataDir: string) => createMemoryProvider({ name: 'memory', dataDir, defaults: { persist: true } });
  await moveAndReturn(spec, at(temporaryDirectory()), at(temporaryDirectory()));
});

test('a tenant of the process provider is not lost when the data directory changes', async () => {
  const at = (dataDir: string) => createProcessProvider({ name: 'process', dataDir });
  const [container] = spec.containers;
  const containers = [{ ...container, name: 'web', image: 'none', command: ['sleep', '600'] }];
  const tenant = validateComputeSpec(memorySpec({ provider_type: 'process', containers }));
  await moveAndReturn(tenant, at(temporaryDirectory()), at(temporaryDirectory()));
});

test.each([
  ['cluster_arn', { cluster_arn: 'arn:aws:ecs:eu-central-1:123456789012:cluster/other' }],
  ['service_name_prefix', { service_name_prefix: 'other_' }],
  ['assume_role', { assume_role: { role_arn: 'arn:aws:iam::210987654321:role/berth' } }],
])('a tenant of the ecs provider is not lost when %s changes', async (setting, changed) => {
  await using ecs = await openEcs();
  const tenant = ecsSpec('acme');
  const elsewhere = ecs.provide({ defaults: { ...ecsDefaults, ...changed } });
  expect(Object.keys((await elsewhere.place?.())?.identity ?? {})).toContain(setting);
  const table = createMemoryTable();
  const clock = { ...systemClock, now: ecs.now };
  const before = openInstallation(table, ecs.provider, clock);
  await before.tenants.provision(tenant, me);
  await ecs.pass(ROLLOUT);
  expect(await untilEnded(before, 'acme')).toBe('succeeded');
  ecs.calls();
  const moved = openInstallation(table, elsewhere);
  const { statusOnProvider: _, ...refused } = allRefused;
  expect(await tryEverything(moved, tenant, withImage(tenant))).toMatchObject(refused);
  // Only the status of a given provider asks it first: it needs no record.
  expect(ecs.calls().filter((operation) => !/^(?:Describe|List)/.test(operation))).toEqual([]);
  const error = await moved.tenants.destroy('acme', me).catch((thrown: PlaceChangedError) => thrown);
  const { identity: was } = (await ecs.provider.place?.()) ?? { identity: {} };
  const { identity: is } = (await elsewhere.place?.()) ?? { identity: {} };
  expect(error).toMatchObject({
    message: expect.stringContaining(`${setting} was ${was[setting]} and is now ${is[setting]}`),
    hint: expect.stringContaining(`Restore ${setting} of provider ${ecsName}`),
    fault: 'platform',
  });
  const restored = openInstallation(table, ecs.provider, clock);
  await restored.tenants.destroy('acme', me);
  expect(await untilEnded(restored, 'acme')).toBe('succeeded');
});

test('a role of the same account is no other place', async () => {
  await using ecs = await openEcs();
  const role_arn = 'arn:aws:iam::123456789012:role/berth';
  const withRole = ecs.provide({ defaults: { ...ecsDefaults, assume_role: { role_arn } } });
  expect(await withRole.place?.()).toEqual(await ecs.provider.place?.());
});

test('a destroy that was recorded before the change is retried, and succeeds once the setting is restored', async () => {
  const table = createMemoryTable();
  const faulty = memoryOn(here);
  const before = openInstallation(table, { ...bound(faulty), destroy: () => Promise.reject(new Error('down')) });
  await before.tenants.provision(spec, me);
  await before.tenants.destroy('acme', me);
  const moved = openInstallation(table, memoryOn(createMemoryBackend('there')));
  for (let looks = 0; looks < 3; looks += 1) await moved.reconciler.reconcile('acme');
  const { operation } = await moved.tenants.get('acme');
  expect(operation).toMatchObject({ type: 'destroy', state: 'running' });
  expect(operation.retries.at(-1)).toMatchObject({ code: 'place_changed' });
  const restored = openInstallation(table, faulty);
  expect(await untilEnded(restored, 'acme')).toBe('succeeded');
  expect(await Array.fromAsync(faulty.list())).toEqual([]);
});

test('a tenant of an older version gets its place from the first inventory that finds it', async () => {
  const table = createMemoryTable();
  const at = memoryOn(here);
  const { place: _, ...older } = bound(at);
  const old = openInstallation(table, older);
  await old.tenants.provision(spec, me);
  const before = await old.tenants.get('acme');
  expect(before.place).toBeUndefined();
  const now = openInstallation(table, at);
  expect(await takeInventory(now)).toEqual({ acme: ['held'] });
  expect(await now.tenants.get('acme')).toEqual({ ...before, place: await at.place?.() });
  expect((await now.tenants.list({ limit: 10, caller: 'alice' })).tenants[0]).not.toHaveProperty('place');
  await now.tenants.destroy('acme', me);
});

test('a place that could not be told at the request is recorded before the first call', async () => {
  const table = createMemoryTable();
  const at = memoryOn(createMemoryBackend('here'));
  let asked = 0;
  const place = () => {
    asked += 1;
    if (asked <= 2) throw new Error('the engine is starting'); // for the claim, and for the request
    return { identity: { backend: 'here' } };
  };
  const { tenants } = openInstallation(table, { ...bound(at), place });
  await tenants.provision(spec, me);
  expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', place: { identity: { backend: 'here' } } });
});

test('a specification that would move its tenant is refused with the settings that do', async () => {
  const table = createMemoryTable();
  const at = memoryOn(createMemoryBackend('here'));
  const place = (one?: TenantComputeSpec) => ({
    identity: { backend: 'here', ...(one && { cluster: `c${one.resources.cpu}` }) },
  });
  const installation = openInstallation(table, { ...bound(at), place });
  await installation.tenants.provision(spec, me);
  const refused = {
    issues: [{ pointer: '/provider_config/cluster', message: expect.stringContaining('from c128 to c256') }],
  };
  await expect(installation.tenants.plan(other)).rejects.toMatchObject(refused);
  await expect(installation.tenants.update(other, me)).rejects.toMatchObject(refused);
  expect(await installation.tenants.status('acme', {})).toMatchObject({ state: 'running' });
  expect(await takeInventory(installation)).toEqual({ acme: ['held'] });
});

test('an operator can accept the present place, because the old one is gone', async () => {
  const table = createMemoryTable();
  await openInstallation(table, memoryOn(here)).tenants.provision(spec, me);
  const moved = openInstallation(table, memoryOn(createMemoryBackend('there')));
  expect(await codeOf(moved.placeClaims.claim('memory'))).toBe('place_changed');
  expect(await moved.placeClaims.accept('memory')).toBe(1);
  await moved.placeClaims.claim('memory');
  expect(await takeInventory(moved)).toEqual({ acme: ['healed'] });
  expect(await moved.tenants.status('acme', {})).toMatchObject({ state: 'running' });
  await memoryOn(here).destroy('acme');
});

test('a data directory that is moved as a whole stays the same place', async () => {
  const { renameSync } = await import('node:fs');
  const parent = temporaryDirectory();
  const at = (name: string) => createProcessProvider({ name: 'process', dataDir: join(parent, name) });
  const before = await at('old').place?.();
  renameSync(join(parent, 'old'), join(parent, 'new'));
  expect((await at('new').place?.())?.identity).toEqual(before?.identity);
  expect((await at('third').place?.())?.identity).not.toEqual(before?.identity);
});

/** Returns a plain object with the methods of a provider. */
function bound(provider: Provider): Provider {
  return {
    name: provider.name,
    ...(provider.place && { place: provider.place.bind(provider) }),
    provision: provider.provision.bind(provider),
    update: provider.update.bind(provider),
    destroy: provider.destroy.bind(provider),
    getStatus: provider.getStatus.bind(provider),
    validate: provider.validate.bind(provider),
    list: provider.list.bind(provider),
  };
}
