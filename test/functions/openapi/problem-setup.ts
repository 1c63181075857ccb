import { readConfig } from '../../../functions/runtime/setup/config.ts';
import { createServices, provideServices, type Services } from '../../../functions/runtime/setup/services.ts';
import { ContainerNotRunningError, StorageFullError, ThrottledError } from '../../../src/compute/errors.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import { createMemoryProvider } from '../../../src/providers/memory/provider.ts';
import { ConditionFailedError, type Table } from '../../../src/tenants/store/table.ts';
import { createMemoryTable } from '../../support/memory-table.ts';

/** State of the table: it works, is full, throttles, never answers, or fails each conditional write. */
type TableFault = 'none' | 'full' | 'throttled' | 'silent' | 'contested';

type ProviderFaults = Partial<
  Pick<
    Provider,
    'capabilities' | 'place' | 'validate' | 'provision' | 'update' | 'stop' | 'getStatus' | 'logs' | 'exec'
  >
>;

/** An installation whose table and whose provider `faulty` fail on demand. */
export interface ProblemSetup {
  tableFault: TableFault;
  /** Replace methods of the provider `faulty`. */
  providerFaults: ProviderFaults;
  services: Services;
  /** Restarts the services with the same table, without the provider `faulty`. */
  removeFaultyProvider(): Promise<void>;
}

export async function createProblemSetup(): Promise<ProblemSetup> {
  const items = createMemoryTable();
  const table = withFaults(items, () => setup.tableFault);
  const open = async () => {
    const config = readConfig({ BERTH_PROVIDERS: '{"memory":{"type":"memory"}}', BERTH_STATUS_MAX_AGE_MS: '0' }, {});
    return createServices(config, { write: () => undefined, table });
  };
  const setup: ProblemSetup = {
    tableFault: 'none',
    providerFaults: {},
    services: await open(),
    async removeFaultyProvider() {
      setup.services = await open();
      provideServices(setup.services);
    },
  };
  setup.services.registry.register(faultyProvider(() => setup.providerFaults));
  provideServices(setup.services);
  return setup;
}

function withFaults(table: Table, fault: () => TableFault): Table {
  const before = async (): Promise<void> => {
    if (fault() === 'full') throw new StorageFullError('the tenants table');
    if (fault() === 'throttled') throw new ThrottledError('the tenants table');
    if (fault() === 'silent') await new Promise(() => undefined);
  };
  return {
    get: (pk, sk) => before().then(() => table.get(pk, sk)),
    remove: (pk, sk) => before().then(() => table.remove(pk, sk)),
    query: (query) => before().then(() => table.query(query)),
    async put(item, expected) {
      await before();
      if (fault() === 'contested') throw new ConditionFailedError('the item has changed');
      await table.put(item, expected);
    },
  };
}

/** Wraps the memory provider with logs and with faults. */
function faultyProvider(faults: () => ProviderFaults): Provider {
  const memory = createMemoryProvider({ name: 'faulty' });
  return {
    name: 'faulty',
    get capabilities() {
      return { ...memory.capabilities, logs: true, ...faults().capabilities };
    },
    configSchema: memory.configSchema,
    configDefaults: {},
    place: (spec) => (faults().place ?? memory.place?.bind(memory))?.(spec) ?? { identity: {} },
    validate: (spec, call) => (faults().validate ?? memory.validate.bind(memory))(spec, call),
    provision: (spec, call) => (faults().provision ?? memory.provision.bind(memory))(spec, call),
    update: (tenantId, spec, call) => (faults().update ?? memory.update.bind(memory))(tenantId, spec, call),
    getStatus: (tenantId, call) => (faults().getStatus ?? memory.getStatus.bind(memory))(tenantId, call),
    stop: async (tenantId, call) => (faults().stop ?? memory.stop?.bind(memory))?.(tenantId, call),
    approve: async (tenantId, gate, call) => memory.approve?.(tenantId, gate, call),
    destroy: (tenantId, call) => memory.destroy(tenantId, call),
    list: (call) => memory.list(call),
    exec(tenantId, request) {
      const { exec = nothingRuns } = faults();
      return exec(tenantId, request);
    },
    logs: (tenantId, query) => (faults().logs ?? noLines)(tenantId, query),
  };
}

async function nothingRuns(): Promise<never> {
  throw new ContainerNotRunningError('container web');
}

async function noLines() {
  return { lines: [] };
}
