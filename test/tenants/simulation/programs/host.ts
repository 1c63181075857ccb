import type { Logger } from '../../../../src/compute/logger.ts';
import { Manager } from '../../../../src/compute/manager.ts';
import type { Provider } from '../../../../src/compute/provider.ts';
import { Registry } from '../../../../src/compute/registry.ts';
import { loadSpecSchema } from '../../../../src/compute/spec/check-spec.ts';
import { resourceName } from '../../../../src/providers/memory/mapping.ts';
import { createMemoryProvider } from '../../../../src/providers/memory/provider.ts';
import { RolloutSweeper } from '../../../../src/rollouts/reconcile/rollout-sweeper.ts';
import { Rollouts } from '../../../../src/rollouts/rollouts.ts';
import { RolloutStore } from '../../../../src/rollouts/store/rollout-store.ts';
import { newInstallationId } from '../../../../src/tenants/model/ids.ts';
import { RateLimiter } from '../../../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../../../src/tenants/store/store.ts';
import type { Table } from '../../../../src/tenants/store/table.ts';
import { Inventory } from '../../../../src/tenants/sweep/inventory.ts';
import { InventorySchedule } from '../../../../src/tenants/sweep/inventory-schedule.ts';
import type { OrphanPolicy } from '../../../../src/tenants/sweep/removal-brake.ts';
import { Sweeper } from '../../../../src/tenants/sweep/sweeper.ts';
import { Tenants } from '../../../../src/tenants/tenants.ts';
import { Watch } from '../../../../src/tenants/watch/watch.ts';
import { WatchSchedule } from '../../../../src/tenants/watch/watch-schedule.ts';
import type { Call } from '../environment/faults.ts';
import { Process } from '../environment/process.ts';
import type { Simulation } from '../environment/simulation.ts';
import { providers as everyProvider, partOf } from './specs.ts';

// The schema is loaded with the first specification. That takes real time, in which virtual time would have no event left.
await loadSpecSchema();

export interface HostOptions {
  logger: Logger;
  /** The error of its clock, in milliseconds. */
  skewMs?: number | undefined;
  /** The names of its providers. Default: all. */
  providers?: readonly string[] | undefined;
  /** How long failures are retried. Milliseconds. */
  deadlineMs?: number | undefined;
  /** What happens to orphans. Default: removed. */
  policy?: OrphanPolicy | undefined;
}

/** How often the watch looks at all tenants. Milliseconds. */
export const WATCH_EVERY_MS = 15_000;
/** How long a change of health has to hold. Milliseconds. */
export const HOLD_MS = 5_000;

/** A process with all parts of Berth, assembled as the real ones are. All its requests go through the simulation. */
export interface Host {
  process: Process;
  store: Store;
  manager: Manager;
  reconciler: Reconciler;
  tenants: Tenants;
  sweeper: Sweeper;
  inventory: Inventory;
  inventorySchedule: InventorySchedule;
  watch: Watch;
  watchSchedule: WatchSchedule;
  rollouts: Rollouts;
  rolloutSweeper: RolloutSweeper;
}

export function startHost(simulation: Simulation, options: HostOptions): Host {
  const { logger, skewMs, providers = everyProvider, deadlineMs } = options;
  const { sabotage } = simulation;
  const process = new Process(simulation, skewMs);
  const { clock } = process;
  const registry = new Registry();
  for (const name of providers) {
    const options = { name, backend: simulation.backend, now: () => simulation.timeline.now };
    const provider = createMemoryProvider(options);
    const cutOff = createMemoryProvider({ ...options, defaults: { faults: { update: 'between_versions' } } });
    registry.register(wireProvider(sabotage?.provider?.(provider) ?? provider, { cutOff, process, simulation }));
  }
  const table = wireTable(sabotage?.table?.(simulation.table) ?? simulation.table, process);
  const store = new Store(table, clock.now);
  const id = identify(simulation);
  const installation = async () => id;
  const manager = new Manager(registry, logger, undefined, { installation });
  const rateLimiter = new RateLimiter({ table, clock });
  const random = () => simulation.random.next();
  const reconciler = new Reconciler({ store, manager, rateLimiter, logger, clock, random });
  const tenants = new Tenants({ store, manager, reconciler, deadlineMs });
  const sweeper = new Sweeper({ store, reconciler, logger, random });
  const policyOf = () => options.policy ?? 'remove';
  const inventory = new Inventory({ store, registry, manager, tenants, clock, logger, policyOf });
  const inventorySchedule = new InventorySchedule({ inventory, table, clock, recordEveryMs: 0 });
  const watch = new Watch({ store, manager, rateLimiter, clock, logger, holdMs: HOLD_MS });
  const watchSchedule = new WatchSchedule({ watch, store, table, manager, everyMs: WATCH_EVERY_MS, paceMs: 0 });
  const rolloutStore = new RolloutStore(table, clock.now);
  const rollouts = new Rollouts({ rollouts: rolloutStore, store, manager, clock });
  const asked = sabotage?.tenants?.(tenants) ?? tenants;
  const context = { store: rolloutStore, tenantStore: store, clock, tenants: asked, logger };
  const rolloutSweeper = new RolloutSweeper({ ...context, lookAt: watch.lookAtOne.bind(watch) });
  const sweeps = { sweeper, inventory, inventorySchedule, watch, watchSchedule, rolloutSweeper };
  return { process, store, manager, reconciler, tenants, rollouts, ...sweeps };
}

/** Returns the id of the installation. Makes it and the key in the table without a request, which a crash could hit. */
function identify({ items, timeline }: Simulation): string {
  const [pk, sk] = ['meta', 'installation'];
  const known = items.get(`${pk}\n${sk}`);
  if (known) return JSON.parse(known.data).installation_id;
  const installation_id = newInstallationId();
  const data = JSON.stringify({ installation_id, created_at: new Date(timeline.now).toISOString() });
  items.set(`${pk}\n${sk}`, { pk, sk, data });
  items.set(`${pk}\n${KEY}`, { pk, sk: KEY, data: Buffer.alloc(32, 'key').toString('base64') });
  return installation_id;
}

const KEY = 'cursor-key';

function wireTable(table: Table, process: Process): Table {
  const call = (what: Call['what'], pk: string): Call => {
    const tenant = /^(?:tenant|history)#(.*)/.exec(pk)?.[1];
    return { to: 'table', what, tenant, label: `${what} ${pk.startsWith('key#') ? 'key' : pk}` };
  };
  return {
    // A process reads the key of the installation once, before the run.
    get: (pk, sk) => (sk === KEY ? table.get(pk, sk) : process.request(call('get', pk), () => table.get(pk, sk))),
    put: (item, expected) =>
      process.request(call(expected === 'any' ? 'overwrite' : 'put', item.pk), () => table.put(item, expected)),
    remove: (pk, sk) => process.request(call('remove', pk), () => table.remove(pk, sk)),
    query: (query) =>
      process.request(call('query', query.index ? `index ${query.index}` : query.key), () => table.query(query)),
  };
}

interface Wiring {
  /** The same provider, cut off between two versions at each update. */
  cutOff: Provider;
  process: Process;
  simulation: Simulation;
}

function wireProvider(provider: Provider, { cutOff, process, simulation }: Wiring): Provider {
  const call = (what: Call['what'], tenant?: string): Call => {
    return { to: 'provider', what, tenant, label: `${provider.name}: ${what} ${tenant ?? ''}` };
  };
  return {
    name: provider.name,
    capabilities: provider.capabilities,
    configSchema: provider.configSchema,
    fingerprints: (spec) => provider.fingerprints?.(spec) ?? {},
    provision: (spec, options) =>
      process.request(call('provision', spec.tenant_id), (fault) =>
        provider.provision(fault?.effect === 'part' ? partOf(spec) : spec, optionsOf(options, fault)),
      ),
    update: (id, spec, options) =>
      process.request(call('update', id), (fault) =>
        (fault?.effect === 'between' ? cutOff : provider).update(
          id,
          fault?.effect === 'part' ? partOf(spec) : spec,
          optionsOf(options, fault),
        ),
      ),
    destroy: (id, options) => process.request(call('destroy', id), () => provider.destroy(id, options)),
    stop: (id, options) =>
      process.request(call('stop', id), async (fault) => provider.stop?.(id, optionsOf(options, fault))),
    approve: (id, gate, options) =>
      process.request(call('approve', id), async (fault) => provider.approve?.(id, gate, optionsOf(options, fault))),
    getStatus: (id, options) =>
      process.request(call('status', id), async () => {
        try {
          return await provider.getStatus(id, options);
        } catch (error) {
          if (simulation.records.has(resourceName(provider.name, id))) simulation.ledger.sawHidden(id);
          throw error;
        }
      }),
    glance: (ids, options) => process.request(call('glance'), async () => provider.glance?.(ids, options) ?? []),
    validate: (spec, options) =>
      process.request(call('validate', spec.tenant_id), () => provider.validate(spec, options)),
    async *list(options) {
      yield* await process.request(call('list'), () => Array.fromAsync(provider.list(options)));
    },
    async *listAfter(tenantId, options) {
      const all = () => Array.fromAsync(provider.listAfter?.(tenantId, options) ?? provider.list(options));
      yield* await process.request(call('list'), all);
    },
  };
}

/** A late effect ignores the signal of its caller. A part of a specification is not marked with the hash of the whole. */
function optionsOf<Options extends object>(options: Options | undefined, fault: { effect: string } | undefined) {
  if (fault?.effect === 'part') return { ...options, spec_hash: undefined };
  return fault?.effect === 'late' ? { ...options, signal: undefined } : options;
}
