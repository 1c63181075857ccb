import { resolve } from 'node:path';
import { InvalidProviderError, type Logger, Manager, type Provider, Registry } from '../../src/index.ts';
import { providerTypes } from '../../src/providers/catalog.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { createMetrics, type RuntimeMetrics } from './metrics.ts';
import { createTenants, type Tenants } from './tenants.ts';

/** Everything an operation can ask for. */
export interface Services {
  logger: Logger;
  metrics: RuntimeMetrics;
  registry: Registry;
  manager: Manager;
  tenants: Tenants;
}

/** Builds the services of an installation. Throws `ConfigError` where the settings of a provider are wrong. */
export async function createServices(config: Config, write?: (line: string) => void): Promise<Services> {
  const logger = createLogger({ level: config.logLevel, write });
  const metrics = createMetrics({ write });
  const registry = new Registry(logger);
  const loading = Object.entries(config.providers).map(([name, entry]) =>
    load(name, entry, resolve(config.dataDir), logger),
  );
  for (const provider of await Promise.all(loading)) registry.register(provider);
  const manager = new Manager(registry, logger, metrics, { statusMaxAge: config.statusMaxAge });
  return { logger, metrics, registry, manager, tenants: createTenants({ manager, registry }) };
}

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

/** The services of this process, built when they are first asked for; a failure is forgotten, so that the next one tries again. */
export function services(): Promise<Services> {
  shared ??= build().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

async function build(): Promise<Services> {
  return createServices(readConfig());
}

/** Has a host that stays give the handlers the services it made itself; nothing takes them away again. */
export function provideServices(given: Services | undefined): void {
  shared = given && Promise.resolve(given);
}
