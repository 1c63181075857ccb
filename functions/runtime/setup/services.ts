import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvalidProviderError } from '../../../src/compute/errors.ts';
import type { Logger } from '../../../src/compute/logger.ts';
import { Manager } from '../../../src/compute/manager.ts';
import type { Provider, ProviderOptions } from '../../../src/compute/provider.ts';
import { Registry } from '../../../src/compute/registry.ts';
import type { PutEntries } from '../../../src/events/publisher.ts';
import { type ProviderType, providerTypes } from '../../../src/providers/catalog.ts';
import { systemClock } from '../../../src/tenants/clock.ts';
import { createDynamoDBTable } from '../../../src/tenants/store/dynamodb-table.ts';
import { Store } from '../../../src/tenants/store/store.ts';
import type { Table } from '../../../src/tenants/store/table.ts';
import { TenantReader } from '../../../src/tenants/tenant-reader.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics, type RuntimeMetrics } from '../telemetry/metrics.ts';
import { acceptConfig, type Config, ConfigError } from './config.ts';

/** What every function is given. `changes.ts`, `sweeps.ts` and `publishing.ts` make more of it, for those that do more. */
export interface Services {
  config: Config;
  logger: Logger;
  metrics: RuntimeMetrics;
  registry: Registry;
  manager: Manager;
  table: Table;
  store: Store;
  tenants: TenantReader;
  /** What the host brings instead of the bus in EventBridge. */
  bus: PutEntries | undefined;
}

/** What a host brings along; on AWS, nothing. */
export interface HostServices {
  /** Takes each line of log and metrics. Default: standard output. */
  write?: ((line: string) => void) | undefined;
  /** Default: the table that the configuration names. */
  table?: Table | undefined;
  /** Default: the bus in EventBridge that the configuration names. */
  bus?: PutEntries | undefined;
  /** True on AWS, where synthesis checked the settings of the providers. */
  defaultsAreChecked?: boolean | undefined;
}

/** Builds the services of an installation. Throws `ConfigError` where the settings of a provider are wrong. */
export async function createServices(config: Config, host: HostServices = {}): Promise<Services> {
  const { write, table = tableOf(config), bus, defaultsAreChecked } = host;
  const logger = createLogger({ service: config.installation, level: config.logLevel, write });
  const metrics = createMetrics({ service: config.installation, write });
  const registry = new Registry(logger);
  const loading = Object.entries(config.providers).map(([name, { type, defaults }]) =>
    load(type, { name, defaults, defaultsAreChecked, dataDir: config.dataDir, logger }),
  );
  for (const provider of await Promise.all(loading)) registry.register(provider);
  const manager = new Manager(registry, logger, metrics, { statusMaxAge: config.statusMaxAge });
  const store = new Store(table);
  const tenants = new TenantReader({ store, manager, clock: systemClock });
  return { config, logger, metrics, registry, manager, table, store, tenants, bus };
}

/** Makes more of the services, once for each installation, when it is first asked for. */
export function part<Made extends object>(make: (services: Services) => Made): (services: Services) => Made {
  const made = new WeakMap<Services, Made>();
  return (services) => {
    const known = made.get(services);
    if (known) return known;
    const fresh = make(services);
    made.set(services, fresh);
    return fresh;
  };
}

/** The table in DynamoDB; a function that never touches it needs neither its name nor the SDK. */
function tableOf({ tableName }: Config): Table {
  return createDynamoDBTable({
    tableName: tableName ?? '',
    async client() {
      if (!tableName)
        throw new ConfigError([{ pointer: '/BERTH_TABLE', message: 'must be the name of a DynamoDB table' }]);
      return readTableClient();
    },
  });
}

let client: DynamoDBClient | undefined;

/** The client of the table, for all of this process. */
export async function readTableClient(): Promise<DynamoDBClient> {
  const { DynamoDBClient } = await import('../../../src/tenants/store/dynamodb-sdk.ts');
  client ??= new DynamoDBClient({});
  return client;
}

async function load(type: ProviderType, options: ProviderOptions): Promise<Provider> {
  const create = await providerTypes[type]();
  try {
    return await create(options);
  } catch (error) {
    if (!(error instanceof InvalidProviderError)) throw error;
    throw new ConfigError([{ pointer: `/BERTH_PROVIDERS/${options.name}`, message: error.message }]);
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
  const config = acceptConfig() ?? (await import('./read-config.ts')).readConfig();
  return createServices(config, { defaultsAreChecked: true });
}

/** For a host that stays: gives the handlers the services it made itself, until it takes them away with `undefined`. */
export function provideServices(given: Services | undefined): void {
  shared = given && Promise.resolve(given);
}
