import type { Issue } from '../../../src/compute/errors.ts';
import type { ProviderType } from '../../../src/providers/catalog.ts';
import { environmentShape } from '../http/shapes.ts';
import type { LogLevel } from '../telemetry/log-levels.ts';
import type { Environment } from './environment.ts';

/** How this installation is set up. */
export interface Config {
  /** By name. One type can be registered under several names. */
  providers: Record<string, { type: ProviderType; defaults: Record<string, unknown> }>;
  /** Whether somebody chose them. */
  areProvidersChosen: boolean;
  /** Where Docker's own tools look for an engine, if not at the usual socket. */
  dockerHost: string | undefined;
  dataDir: string;
  port: number;
  logLevel: LogLevel;
  /** The `service` of logs and metrics, by which installations of one account are told apart. */
  installation: string;
  /** Milliseconds. */
  statusMaxAge: number;
  /** The table that tenants live in, on AWS. The local host brings its own. */
  tableName: string | undefined;
  /** The bus that announcements go to, on AWS. The local host brings its own. */
  eventBus: string | undefined;
  /** Milliseconds for which failures of a provision or an update are tried again. */
  operationDeadline: number;
}

/** A mistake in the environment. Its message names variables and places in them, and repeats no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(issues: readonly Issue[]) {
    const lines = issues.map(({ pointer, message }) => `  ${pointer.slice(1)}: ${message}`);
    super(`The configuration cannot be used. Correct these environment variables:\n${lines.join('\n')}`);
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The configuration that the environment says, where that is usual: `readConfig` knows the rest. Nothing but these two reads the environment. */
export function acceptConfig(environment: Variables = process.env): Config | undefined {
  const values = valuesOf(environment);
  const accepted = environmentShape.accept(values);
  return accepted && toConfig(accepted, values);
}

/** What the texts of the variables stand for. What stands for nothing is left as it is. */
export function valuesOf(environment: Variables): Record<string, unknown> {
  // An empty variable counts as one that is not set, as is the custom of shells.
  const set = Object.entries(environment).filter(([, text]) => text !== undefined && text !== '');
  const values: Record<string, unknown> = Object.fromEntries(set);
  for (const [name, toValue] of Object.entries(readers)) {
    if (typeof values[name] === 'string') values[name] = toValue(values[name]);
  }
  return values;
}

const readers: Readonly<Partial<Record<keyof Environment, (text: string) => unknown>>> = {
  BERTH_PROVIDERS: parseJson,
  BERTH_LOG_LEVEL: (text) => text.toUpperCase(),
  BERTH_PORT: toNumber,
  BERTH_STATUS_MAX_AGE_MS: toNumber,
  BERTH_OPERATION_DEADLINE_SECONDS: toNumber,
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toNumber(text: string): unknown {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : text;
}

/** `values`: what was set of the environment that was checked. */
export function toConfig(checked: Environment, values: Readonly<Record<string, unknown>>): Config {
  const providers = Object.entries(checked.BERTH_PROVIDERS).map(([name, { type, ...defaults }]) => [
    name,
    { type, defaults },
  ]);
  return {
    providers: Object.fromEntries(providers),
    areProvidersChosen: values.BERTH_PROVIDERS !== undefined,
    dockerHost: checked.DOCKER_HOST,
    dataDir: checked.BERTH_DATA_DIR,
    port: checked.BERTH_PORT,
    logLevel: checked.BERTH_LOG_LEVEL,
    installation: checked.BERTH_INSTALLATION,
    statusMaxAge: checked.BERTH_STATUS_MAX_AGE_MS,
    tableName: checked.BERTH_TABLE,
    eventBus: checked.BERTH_EVENT_BUS,
    operationDeadline: checked.BERTH_OPERATION_DEADLINE_SECONDS * 1000,
  };
}
