import { expect, test } from 'vitest';
import { Manager } from '../../../../src/compute/manager.ts';
import { Registry } from '../../../../src/compute/registry.ts';
import { systemClock } from '../../../../src/tenants/clock.ts';
import { RateLimiter } from '../../../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../../../src/tenants/store/store.ts';
import { Inventory } from '../../../../src/tenants/sweep/inventory.ts';
import { Tenants } from '../../../../src/tenants/tenants.ts';
import { createCapturedLogger } from '../../../support/captured-logger.ts';
import { createMemoryTable } from '../../../support/memory-table.ts';
import { aReadyTenant } from '../../../support/tenants.ts';
import { defaults, name } from '../ecs-subject.ts';
import { ecsSpec, openEcs, ROLLOUT } from '../open-ecs.ts';

const ids = Array.from({ length: 12 }, (_, index) => `tenant-${String(index).padStart(2, '0')}`);

/** Opens a control plane over a fake ECS with ready tenants, whose operator then changes the settings. */
async function openControlPlane(settings: Record<string, unknown>) {
  const ecs = await openEcs();
  for (const id of ids) await ecs.provider.provision(ecsSpec(id));
  await ecs.pass(ROLLOUT);
  const table = createMemoryTable();
  const logger = createCapturedLogger();
  const store = new Store(table, ecs.now);
  for (const id of ids) await store.putTenant(aReadyTenant({ spec: ecsSpec(id) }), 0);
  const clock = { ...systemClock, now: ecs.now };
  const registry = new Registry();
  registry.register(ecs.provide({ defaults: { ...defaults, ...settings } }));
  const manager = new Manager(registry, logger);
  const rateLimiter = new RateLimiter({ table, clock });
  const reconciler = new Reconciler({ store, manager, rateLimiter, logger, clock });
  const tenants = new Tenants({ store, manager, reconciler });
  const inventory = new Inventory({ store, registry, manager, tenants, clock, logger });
  return {
    ecs,
    tenants,
    /** Takes one inventory. Returns the ids of the tenants that it brought over. */
    async take() {
      const findings = await Array.fromAsync(inventory.walk(name));
      return findings.filter(({ countsAs }) => countsAs.includes('healed')).map(({ tenant_id }) => tenant_id);
    },
    /** Lets rollouts end, and the control plane notice. */
    async settle() {
      await ecs.pass(10 * ROLLOUT);
      for (const id of ids) await reconciler.reconcile(id);
    },
    async phases() {
      const found = await Promise.all(ids.map(async (id) => (await tenants.get(id)).phase));
      return {
        ready: found.filter((one) => one === 'ready').length,
        failed: found.filter((one) => one === 'failed').length,
      };
    },
    subnets: () =>
      [...ecs.fake.state.services.values()].map(
        ({ service }) => service.networkConfiguration?.awsvpcConfiguration?.subnets?.[0],
      ),
  };
}

test('the inventory brings tenants over to changed settings, five at a time, and a plan says so before', async () => {
  const { ecs, tenants, take, settle, phases, subnets } = await openControlPlane({ subnets: ['subnet-0bbbbbbb'] });
  await using _ = ecs;
  const plan = await tenants.plan(ecsSpec('tenant-11'));
  expect(plan).toMatchObject({ action: 'none', changes: [] });
  expect(plan.warnings).toContainEqual(expect.stringMatching(/ecs has steps left.*settings of the provider/));
  expect(await take()).toEqual(ids.slice(0, 5));
  expect(await take(), 'while the first five are rolled out').toEqual([]);
  expect(await phases()).toEqual({ ready: 7, failed: 0 });
  await settle();
  expect(await take()).toEqual(ids.slice(5, 10));
  await settle();
  expect(await take()).toEqual(ids.slice(10));
  await settle();
  expect(await take()).toEqual([]);
  expect(new Set(subnets())).toEqual(new Set(['subnet-0bbbbbbb']));
  expect(await phases()).toEqual({ ready: 12, failed: 0 });
  const [operation] = await tenants.operations('tenant-00');
  expect(operation).toMatchObject({ type: 'heal', message: expect.not.stringContaining('interrupted') });
  expect((await tenants.plan(ecsSpec('tenant-11'))).warnings.join()).not.toContain('steps left');
});

test('settings that ECS refuses stop at the first five tenants, which keep running', async () => {
  const { ecs, take, settle, phases, subnets } = await openControlPlane({ subnets: ['subnet-0cccccc1'] });
  await using _ = ecs;
  expect(await take()).toEqual(ids.slice(0, 5));
  await settle();
  expect(await take()).toEqual([]);
  await settle();
  expect(await take()).toEqual([]);
  expect(await phases()).toEqual({ ready: 7, failed: 5 });
  expect(new Set(subnets())).toEqual(new Set(['subnet-0aaaaaaa']));
});

test('a status that cannot be read does not keep a plan from being made', async () => {
  const { ecs, tenants } = await openControlPlane({});
  await using _ = ecs;
  ecs.fake.fail('DescribeServices', { kind: 'refuse', type: 'AccessDeniedException', message: 'no' });
  const { warnings } = await tenants.plan(ecsSpec('tenant-00', { labels: { team: 'x' } }));
  expect(warnings).toContainEqual(expect.stringMatching(/steps that ecs has left are unknown/));
});

test('settings with which no task starts stop too: ECS rolls back, and the failed tenants count', async () => {
  const { ecs, take, settle, phases } = await openControlPlane({ subnets: ['subnet-0bbbbbbb'] });
  await using _ = ecs;
  expect(await take()).toEqual(ids.slice(0, 5));
  // No task of the new versions gets up: ECS rolls them back.
  for (const record of ecs.fake.state.services.values()) {
    const [primary] = record.deployments;
    if (primary?.deployment.rolloutState === 'IN_PROGRESS') ecs.fake.state.broken.add(primary.deployment.id);
  }
  await settle();
  expect(await take()).toEqual([]);
  expect(await phases()).toEqual({ ready: 7, failed: 5 });
  const { metadata } = await ecs
    .provide({ defaults: { ...defaults, subnets: ['subnet-0bbbbbbb'] } })
    .getStatus('tenant-00');
  expect(metadata.failed_spec_hash).toBe(metadata.spec_hash);
});
