import { readConfig } from '../../../functions/runtime/setup/config.ts';
import { createServices, provideServices, type Services } from '../../../functions/runtime/setup/services.ts';
import { ThrottledError } from '../../../src/compute/errors.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import { createMemoryProvider } from '../../../src/providers/memory/provider.ts';
import { ConditionFailedError, type Table } from '../../../src/tenants/store/table.ts';
import { createMemoryTable } from '../../support/memory-table.ts';

/** How the table is: well, or as a database is on a bad day. */
type Weather = 'fine' | 'throttled' | 'silent' | 'contested';

type Mood = Partial<Pick<Provider, 'validate' | 'provision' | 'update' | 'getStatus' | 'logs'>>;

/** An installation whose table and whose provider `moody` do as a test wants. */
export interface ProblemWorld {
  weather: Weather;
  /** What `moody` does instead of what it would do. */
  mood: Mood;
  services: Services;
  /** Begins anew without `moody`, with the same table. */
  forgetMoody(): Promise<void>;
}

export async function createProblemWorld(): Promise<ProblemWorld> {
  const items = createMemoryTable();
  const table = weathered(items, () => world.weather);
  const open = async () => {
    const config = readConfig({ BERTH_PROVIDERS: '{"memory":{"type":"memory"}}', BERTH_STATUS_MAX_AGE_MS: '0' }, {});
    return createServices(config, { write: () => undefined, table });
  };
  const world: ProblemWorld = {
    weather: 'fine',
    mood: {},
    services: await open(),
    async forgetMoody() {
      world.services = await open();
      provideServices(world.services);
    },
  };
  world.services.registry.register(moody(() => world.mood));
  provideServices(world.services);
  return world;
}

function weathered(table: Table, weather: () => Weather): Table {
  const before = async (): Promise<void> => {
    if (weather() === 'throttled') throw new ThrottledError('the tenants table');
    if (weather() === 'silent') await new Promise(() => undefined);
  };
  return {
    get: (pk, sk) => before().then(() => table.get(pk, sk)),
    remove: (pk, sk) => before().then(() => table.remove(pk, sk)),
    query: (query) => before().then(() => table.query(query)),
    async put(item, expected) {
      await before();
      if (weather() === 'contested') throw new ConditionFailedError('somebody else was first');
      await table.put(item, expected);
    },
  };
}

/** A provider of records, with logs, that does otherwise on demand. */
function moody(mood: () => Mood): Provider {
  const calm = createMemoryProvider({ name: 'moody' });
  return {
    name: 'moody',
    capabilities: { ...calm.capabilities, logs: true },
    configSchema: calm.configSchema,
    configDefaults: {},
    validate: (spec, call) => (mood().validate ?? calm.validate.bind(calm))(spec, call),
    provision: (spec, call) => (mood().provision ?? calm.provision.bind(calm))(spec, call),
    update: (tenantId, spec, call) => (mood().update ?? calm.update.bind(calm))(tenantId, spec, call),
    getStatus: (tenantId, call) => (mood().getStatus ?? calm.getStatus.bind(calm))(tenantId, call),
    destroy: (tenantId, call) => calm.destroy(tenantId, call),
    list: (call) => calm.list(call),
    logs: (tenantId, query) => (mood().logs ?? noLines)(tenantId, query),
  };
}

async function noLines() {
  return { lines: [] };
}
