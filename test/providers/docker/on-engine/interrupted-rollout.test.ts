import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../../src/compute/logger.ts';
import { Manager } from '../../../../src/compute/manager.ts';
import type { Provider } from '../../../../src/compute/provider.ts';
import { Registry } from '../../../../src/compute/registry.ts';
import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { namesOf } from '../../../../src/providers/docker/names.ts';
import { HEARTBEAT_TTL_MS } from '../../../../src/providers/docker/records/record.ts';
import { RateLimiter } from '../../../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../../../src/tenants/store/store.ts';
import type { Table } from '../../../../src/tenants/store/table.ts';
import { Inventory } from '../../../../src/tenants/sweep/inventory.ts';
import { Tenants } from '../../../../src/tenants/tenants.ts';
import { type EngineProxy, openEngineProxy } from '../../../support/engine-proxy.ts';
import { createMemoryTable } from '../../../support/memory-table.ts';
import { engineSuite } from './engine-suite.ts';
import { Lab } from './lab.ts';

const me = { actor: 'alice' };
/** Enough for the heartbeat of a rollout and for a lease to expire. */
const LATER_MS = HEARTBEAT_TTL_MS + 1000;
const MAX_CHANGES = 40;

engineSuite('a host that is killed between any two requests of a rollout', () => {
  let lab: Lab;
  let table: Table;
  let offsetMs: number;
  const proxies: EngineProxy[] = [];
  beforeEach(async () => {
    const now = Date.now;
    offsetMs = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + offsetMs);
    table = createMemoryTable();
    lab = await Lab.open();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const proxy of proxies.splice(0)) await proxy.close();
    await lab.clear();
  });

  /** Assembles a host, as infra does. */
  function hostOf(provider: Provider, own: Table = table) {
    const clock = { now: () => Date.now(), sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)) };
    const registry = new Registry();
    registry.register(provider);
    const [manager, store] = [new Manager(registry, silentLogger), new Store(own, clock.now)];
    const rateLimiter = new RateLimiter({ table: own, clock });
    const reconciler = new Reconciler({ store, manager, rateLimiter, logger: silentLogger, clock });
    const tenants = new Tenants({ store, manager, reconciler });
    const inventory = new Inventory({ store, registry, manager, tenants, clock, logger: silentLogger });
    return { tenants, store, reconciler, inventory };
  }

  /** Runs a change in a host that is killed at its request number `at`. Returns false if it lives to its end. */
  async function runUntilKilled(at: number, change: (host: ReturnType<typeof hostOf>) => Promise<unknown>) {
    const { promise: killed, resolve: kill } = Promise.withResolvers<void>();
    const proxy = await openEngineProxy({ cutAt: at, onCut: kill });
    proxies.push(proxy);
    const host = hostOf(lab.provider({ endpoint: proxy.endpoint }), mortalTable(table, proxy));
    await Promise.race([killed, change(host)]);
    offsetMs += LATER_MS;
    return proxy.isCut();
  }

  /** Works on the tenant in a new host until nothing is due, and expects exactly the desired version. */
  async function expectFinished(spec: TenantComputeSpec, about: string): Promise<void> {
    const { tenants, reconciler } = hostOf(lab.provider());
    await reconciler.reconcile('acme');
    const { phase, operation, desired } = await tenants.get('acme');
    expect({ phase, state: operation.state }, about).toEqual({ phase: 'ready', state: 'succeeded' });
    const own = await lab.containers();
    const states = own.map(({ State, Labels }) => [Labels['berth.container'], State]).toSorted();
    expect(states, about).toEqual([
      ['web', 'running'],
      ['worker', 'running'],
    ]);
    const web = await lab.inspect('acme', 'web');
    expect(specHash(desired.spec), about).toBe(specHash(spec));
    expect(web.Config.Labels['berth.spec_hash'], about).toBe(desired.spec_hash);
    expect(await lab.networks(), about).toHaveLength(1);
    expect(await lab.volumes(), about).toHaveLength(1);
  }

  const specOf = (version: number) => ({ ...lab.spec('acme', version), provider_type: lab.name });

  test.each([
    ['update', ({ tenants }: ReturnType<typeof hostOf>, spec: TenantComputeSpec) => tenants.update(spec, me)],
    ['rollback', ({ tenants }: ReturnType<typeof hostOf>) => tenants.rollback('acme', 1, me)],
  ])(
    'runs one version after: %s, once another host has gone on',
    async (what, change) => {
      await hostOf(lab.provider()).tenants.provision(specOf(1), me);
      for (let at = 1; at <= MAX_CHANGES; at += 1) {
        const next = specOf(at + 1);
        if (what === 'rollback') await hostOf(lab.provider()).tenants.update(next, me);
        const wasKilled = await runUntilKilled(at, (host) => change(host, next));
        await expectFinished(what === 'rollback' ? specOf(1) : next, `after a kill at change ${at}`);
        if (!wasKilled) return expect(at).toBeGreaterThan(5);
      }
      expect.fail(`more than ${MAX_CHANGES} changes`);
    },
    300_000,
  );

  test('runs one version after a heal, once another host has gone on', async () => {
    await hostOf(lab.provider()).tenants.provision(specOf(1), me);
    for (let at = 1; at <= MAX_CHANGES; at += 1) {
      await lab.docker.getContainer((await lab.inspect('acme', 'web')).Id).remove({ force: true });
      const wasKilled = await runUntilKilled(at, ({ tenants }) => tenants.heal('acme', 'web was removed', me));
      await expectFinished(specOf(1), `after a kill at change ${at}`);
      if (!wasKilled) return expect(at).toBeGreaterThan(3);
    }
    return expect.fail(`more than ${MAX_CHANGES} changes`);
  }, 300_000);

  test('leaves nothing after a destroy, once another host has gone on', async () => {
    for (let at = 1; at <= MAX_CHANGES; at += 1) {
      await hostOf(lab.provider()).tenants.provision(specOf(at), me);
      const wasKilled = await runUntilKilled(at, ({ tenants }) => tenants.destroy('acme', me));
      const { tenants, reconciler } = hostOf(lab.provider());
      await reconciler.reconcile('acme');
      expect((await tenants.get('acme')).phase).toBe('destroyed');
      expect(await lab.inventory(), `after a kill at change ${at}`).toEqual([]);
      if (!wasKilled) return expect(at).toBeGreaterThan(3);
    }
    return expect.fail(`more than ${MAX_CHANGES} changes`);
  }, 300_000);

  test('and whose leftovers an earlier Berth took for done, is finished by the next inventory', async () => {
    const provider = lab.provider();
    const { tenants, inventory } = hostOf(provider);
    await tenants.provision(specOf(1), me);
    // What a killed host leaves: a stopped container of an older version, and a scratch network.
    const { Config, Name } = await lab.inspect('acme', 'web');
    const name = namesOf(lab.prefix, lab.name, 'acme').container('web', 0);
    expect(Name).not.toBe(`/${name}`);
    const Labels = { ...Config.Labels, 'berth.number': '0' };
    await lab.docker.createContainer({ name, Image: lab.image, Labels });
    const network = `${namesOf(lab.prefix, lab.name, 'acme').network}_range`;
    await lab.docker.createNetwork({ Name: network, Labels: (await lab.networks())[0]?.Labels });
    const { metadata } = await provider.getStatus('acme');
    expect(metadata.open_steps).toBe(`the removal of container ${name}; the removal of the network ${network}`);
    expect(await Array.fromAsync(provider.list())).toMatchObject([{ tenant_id: 'acme', has_open_steps: true }]);
    const web = (await lab.containers()).find(({ State, Names }) => State === 'running' && Names[0] === Name);
    const findings = await Array.fromAsync(inventory.walk(lab.name));
    expect(findings).toMatchObject([{ tenant_id: 'acme', countsAs: ['held', 'healed'] }]);
    await expectFinished(specOf(1), 'after the inventory');
    expect((await lab.inspect('acme', 'web')).Id).toBe(web?.Id);
  });
});

/** The table as a process sees it that is killed with its connection to the engine: no later request has an answer. */
function mortalTable(honest: Table, { isCut }: EngineProxy): Table {
  const unlessDead = async <T>(request: () => Promise<T>): Promise<T> => {
    if (isCut()) return new Promise(() => undefined);
    const answer = await request();
    return isCut() ? new Promise(() => undefined) : answer;
  };
  return {
    get: (pk, sk) => unlessDead(() => honest.get(pk, sk)),
    put: (item, expected) => unlessDead(() => honest.put(item, expected)),
    remove: (pk, sk) => unlessDead(() => honest.remove(pk, sk)),
    query: (query) => unlessDead(() => honest.query(query)),
  };
}
