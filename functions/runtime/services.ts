import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvalidProviderError } from '../../src/compute/errors.ts';
import type { Logger } from '../../src/compute/logger.ts';
import { Manager } from '../../src/compute/manager.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { Registry } from '../../src/compute/registry.ts';
import { Publisher, type PutEntries } from '../../src/events/publisher.ts';
import { providerTypes } from '../../src/providers/catalog.ts';
import { Converger } from '../../src/tenants/converge.ts';
import { createDynamoDBTable } from '../../src/tenants/dynamodb-table.ts';
import { Inventory } from '../../src/tenants/inventory.ts';
import { Pacer } from '../../src/tenants/pacer.ts';
import { Stocktaking } from '../../src/tenants/stocktaking.ts';
import { Store } from '../../src/tenants/store.ts';
import { Sweeper } from '../../src/tenants/sweeper.ts';
import type { Table } from '../../src/tenants/table.ts';
import { Tenants } from '../../src/tenants/tenants.ts';
import { busOf } from './bus.ts';
import { acceptConfig, type Config, ConfigError } from './config.ts';
import { createLogger } from './logger.ts';
import { createMetrics, type RuntimeMetrics } from './metrics.ts';

/** Everything an operation can ask for. */
export interface Services {
  logger: Logger;
  metrics: RuntimeMetrics;
  registry: Registry;
  manager: Manager;
  tenants: Tenants;
  sweeper: Sweeper;
  inventory: Inventory;
  stocktaking: Stocktaking;
  store: Store;
  converger: Converger;
  publisher: Publisher;
}

/** What a host brings along; on AWS, nothing. */
export interface HostServices {
  /** Takes each line of log and metrics. Default: standard output. */
  write?: ((line: string) => void) | undefined;
  /** Default: the table that the configuration names. */
  table?: Table | undefined;
  /** Default: the bus in EventBridge that the configuration names. */
  bus?: PutEntries | undefined;
}

/** Builds the services of an installation. Throws `ConfigError` where the settings of a provider are wrong. */
export async function createServices(config: Config, { write, table, bus }: HostServices = {}): Promise<Services> {
  const logger = createLogger({ service: config.installation, level: config.logLevel, write });
  const metrics = createMetrics({ service: config.installation, write });
  const registry = new Registry(logger);
  const loading = Object.entries(config.providers).map(([name, entry]) =>
    load(name, entry, resolve(config.dataDir), logger),
  );
  for (const provider of await Promise.all(loading)) registry.register(provider);
  const manager = new Manager(registry, logger, metrics, { statusMaxAge: config.statusMaxAge });
  const tenantsTable = table ?? tableOf(config);
  const store = new Store(tenantsTable);
  const converger = new Converger({ store, manager, pacer: new Pacer({ table: tenantsTable }), logger });
  const tenants = new Tenants({ store, manager, converger, deadlineMs: config.operationDeadline });
  const sweeper = new Sweeper({ store, converger, logger });
  const inventory = new Inventory({ store, registry, manager, tenants, clock: converger.clock, logger });
  const stocktaking = new Stocktaking({ inventory, table: tenantsTable, clock: converger.clock });
  const publisher = new Publisher({ put: bus ?? busOf(config), logger, sleep: (ms) => sleep(ms) });
  return { logger, metrics, registry, manager, tenants, sweeper, inventory, stocktaking, store, converger, publisher };
}

/** The table in DynamoDB; a function that never touches it needs neither its name nor the SDK. */
function tableOf({ tableName }: Config): Table {
  return createDynamoDBTable({
    tableName: tableName ?? '',
    async client() {
      if (!tableName)
        throw new ConfigError([{ pointer: '/BERTH_TABLE', message: 'must be the name of a DynamoDB table' }]);
      const { DynamoDBClient } = await import('../../src/tenants/dynamodb-sdk.ts');
      client ??= new DynamoDBClient({});
      return client;
    },
  });
}

let client: DynamoDBClient | undefined;

async function load(
  name: string,
  { type, defaults }: Config['providers'][string],
  dataDir: string,
  logger: Logger,
): Promise<Provider> {
  const create = await providerTypes[type]();
  try {
    return create({ name, defaults, dataDir, logger });
  } catch (error) {
    if (!(error instanceof InvalidProviderError)) throw error;
    throw new ConfigError([{ pointer: `/BERTH_PROVIDERS/${name}`, message: error.message }]);
  }
}

let shared: Promise<Services> | undefined;

/** The services of this process, built when they are first asked for. A failure is forgotten, so that the next call tries again. */
export function services(): Promise<Services> {
  shared ??= build().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

async function build(): Promise<Services> {
  return createServices(acceptConfig() ?? (await import('./read-config.ts')).readConfig());
}

/** For a host that stays: gives the handlers the services it made itself, until it takes them away with `undefined`. */
export function provideServices(given: Services | undefined): void {
  shared = given && Promise.resolve(given);
}
