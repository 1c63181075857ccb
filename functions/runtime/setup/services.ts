import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ExecProgram } from '../../../src/compute/exec/exec.ts';
import type { Logger } from '../../../src/compute/logger.ts';
import { Manager, type ManagerOptions } from '../../../src/compute/manager.ts';
import type { FrontDoor } from '../../../src/compute/provider.ts';
import { Registry } from '../../../src/compute/registry.ts';
import type { PutEntries } from '../../../src/events/publisher.ts';
import { systemClock } from '../../../src/tenants/clock.ts';
import { createDynamoDBTable } from '../../../src/tenants/store/dynamodb-table.ts';
import { Store } from '../../../src/tenants/store/store.ts';
import type { Table } from '../../../src/tenants/store/table.ts';
import type { OrphanPolicy } from '../../../src/tenants/sweep/removal-brake.ts';
import { TenantReader } from '../../../src/tenants/tenant-reader.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics, type RuntimeMetrics } from '../telemetry/metrics.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { createProviders } from './create-providers.ts';

/** The services of every function. `changes.ts`, `sweeps.ts` and `publishing.ts` add those of functions that do more. */
export interface Services {
  config: Config;
  logger: Logger;
  metrics: RuntimeMetrics;
  registry: Registry;
  manager: Manager;
  table: Table;
  store: Store;
  tenants: TenantReader;
  /** Returns what happens to the orphans of a provider. */
  orphanPolicyOf: (provider: string) => OrphanPolicy;
  /** How often rounds of looks at all tenants begin. Milliseconds; default: that of `WatchSchedule`. */
  watchEveryMs: number | undefined;
  /** Replaces the bus in EventBridge, on a host that brings its own. */
  bus: PutEntries | undefined;
  /**
   * Makes a program reachable for one caller, until it ends. Returns how to connect. Undefined where there is no host to
   * connect to.
   */
  openStream: ((sessionId: string, program: ExecProgram) => { stream_url: string; token: string }) | undefined;
}

/** Replacements that a host brings. A function on Lambda brings none. */
export interface HostServices {
  /** Takes each line of logs and metrics. Default: standard output. */
  write?: ((line: string) => void) | undefined;
  /** Default: the DynamoDB table that the configuration names. */
  table?: Table | undefined;
  /** Default: the EventBridge bus that the configuration names. */
  bus?: PutEntries | undefined;
  /** How often rounds of looks at all tenants begin. Milliseconds. */
  watchEveryMs?: number | undefined;
  /** Leads requests to what serves. Default: the host has none. */
  frontDoor?: FrontDoor | undefined;
  /** See `ManagerOptions.addresses`. */
  addresses?: ManagerOptions['addresses'];
  openStream?: Services['openStream'];
  /** True on AWS, where synthesis checked the settings of the providers. */
  defaultsAreChecked?: boolean | undefined;
}

/** Creates the services of an installation. Throws `ConfigError` if the settings of a provider are wrong. */
export async function createServices(config: Config, host: HostServices = {}): Promise<Services> {
  const {
    write,
    table = tableOf(config),
    bus,
    watchEveryMs,
    defaultsAreChecked,
    frontDoor,
    addresses,
    openStream,
  } = host;
  const logger = createLogger({ service: config.installation, level: config.logLevel, write });
  const metrics = createMetrics({ service: config.installation, write });
  const registry = new Registry(logger);
  const providers = await createProviders(config, { defaultsAreChecked, logger, frontDoor });
  for (const provider of providers) registry.register(provider);
  const store = new Store(table, Date.now, ({ message }) => {
    logger.error('item skipped: it is not readable', { component: 'store', error: message });
  });
  // Functions that only read may not write the table, so they do not make the id.
  const installation = async (purpose: 'read' | 'change') =>
    (await (purpose === 'change' ? store.installation() : store.findInstallation()))?.installation_id;
  const { statusMaxAge } = config;
  const manager = new Manager(registry, logger, metrics, { statusMaxAge, installation, addresses });
  const tenants = new TenantReader({ store, manager, clock: systemClock });
  const isOneMachine = host.table !== undefined;
  const orphanPolicyOf = (name: string) => config.providers[name]?.orphanPolicy ?? (isOneMachine ? 'remove' : 'report');
  const parts = { config, logger, metrics, registry, manager, table, store, tenants };
  return { ...parts, orphanPolicyOf, watchEveryMs, bus, openStream };
}

/** Returns a function that creates more services, once for each installation, at its first call. */
export function servicesPart<Part extends object>(create: (services: Services) => Part): (services: Services) => Part {
  const created = new WeakMap<Services, Part>();
  return (services) => {
    const part = created.get(services) ?? create(services);
    created.set(services, part);
    return part;
  };
}

/** Returns the DynamoDB table of the tenants. The first access loads the SDK, and throws `ConfigError` without a name. */
function tableOf({ tableName }: Config): Table {
  return createDynamoDBTable({
    tableName: tableName ?? '',
    async client() {
      if (tableName) return loadTableClient();
      throw new ConfigError([{ pointer: '/BERTH_TABLE', message: 'must be the name of a DynamoDB table' }]);
    },
  });
}

let client: DynamoDBClient | undefined;

/** Returns the DynamoDB client of this process. The first call loads the SDK. */
export async function loadTableClient(): Promise<DynamoDBClient> {
  const { DynamoDBClient } = await import('../../../src/tenants/store/dynamodb-sdk.ts');
  client ??= new DynamoDBClient({});
  return client;
}

let shared: Promise<Services> | undefined;

/** Returns the services of this process, created at the first call. After a failure, the next call tries again. */
export function services(): Promise<Services> {
  shared ??= createConfigured().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

async function createConfigured(): Promise<Services> {
  return createServices(readConfig(), { defaultsAreChecked: true });
}

/** Has `services` return those of a long-running host, which creates them itself. `undefined` ends that. */
export function provideServices(given: Services | undefined): void {
  shared = given && Promise.resolve(given);
}
