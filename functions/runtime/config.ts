import * as z from 'zod';
import { PROVIDER_NAME } from '../../src/compute/names.ts';
import { toIssues } from '../../src/compute/validate.ts';
import type { Issue } from '../../src/index.ts';
import { type ProviderType, providerTypes } from '../../src/providers/catalog.ts';
import { LOG_LEVELS } from './logger.ts';

const types = Object.keys(providerTypes) as ProviderType[];

/** One entry of BERTH_PROVIDERS: the type, and beside it the defaults of `provider_config` for every tenant. */
const ProviderEntry = z
  .looseObject(
    { type: z.enum(types, `type must be one of ${types.join(', ')}`) },
    'must be an object with the type of the provider',
  )
  .transform(({ type, ...defaults }) => ({ type, defaults }));

const Name = z
  .string()
  .regex(PROVIDER_NAME, 'names must be 1 to 63 lower-case letters, digits or hyphens, not beginning with a hyphen');

const Providers = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // Without the parser's own message: it quotes what it read.
      context.addIssue({ code: 'custom', message: 'must be JSON, such as {"process":{"type":"process"}}' });
      return z.NEVER;
    }
  })
  .pipe(z.record(Name, ProviderEntry, 'must be a JSON object of provider names'))
  .refine((providers) => Object.keys(providers).length > 0, 'must name at least one provider');

function wholeNumber(min: number, max: number, fallback: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^[0-9]{1,9}$/, { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(min, error).max(max, error))
    .default(fallback);
}

const Environment = z.object({
  BERTH_PROVIDERS: Providers.default({ process: { type: 'process', defaults: {} } }),
  DOCKER_HOST: z.string().optional(),
  BERTH_DATA_DIR: z.string().min(1, 'must be the path of a folder').default('.berth'),
  BERTH_PORT: wholeNumber(0, 65_535, 8787),
  BERTH_LOG_LEVEL: z
    .string()
    .toUpperCase()
    .pipe(z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`))
    .default('INFO'),
  BERTH_INSTALLATION: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .default('berth'),
  BERTH_STATUS_MAX_AGE_MS: wholeNumber(0, 60_000, 2000),
  BERTH_EVENT_BUS: z.string().min(1, 'must be the name of an EventBridge bus').optional(),
  BERTH_TABLE: z.string().min(3, 'must be the name of a DynamoDB table').optional(),
  BERTH_OPERATION_DEADLINE_SECONDS: wholeNumber(1, 86_400, 900),
});

type Environment = z.output<typeof Environment>;

/** How this installation is set up. */
export interface Config {
  /** By name. One type can be registered under several names. */
  providers: Environment['BERTH_PROVIDERS'];
  /** Whether somebody chose them. */
  areProvidersChosen: boolean;
  /** Where Docker's own tools look for an engine, if not at the usual socket. */
  dockerHost: string | undefined;
  dataDir: string;
  port: number;
  logLevel: Environment['BERTH_LOG_LEVEL'];
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

/** Reads the configuration; nothing else reads the environment. `overrides` are variables that stand in front of it. */
export function readConfig(
  overrides: Readonly<Record<string, string | undefined>> = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const given = Object.entries({ ...environment, ...withoutUndefined(overrides) });
  // An empty variable counts as one that is not set, as is the custom of shells.
  const present = Object.fromEntries(given.filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(present);
  if (!parsed.success) throw new ConfigError(toIssues(parsed.error));
  const { data } = parsed;
  return {
    providers: data.BERTH_PROVIDERS,
    areProvidersChosen: present.BERTH_PROVIDERS !== undefined,
    dockerHost: data.DOCKER_HOST,
    dataDir: data.BERTH_DATA_DIR,
    port: data.BERTH_PORT,
    logLevel: data.BERTH_LOG_LEVEL,
    installation: data.BERTH_INSTALLATION,
    statusMaxAge: data.BERTH_STATUS_MAX_AGE_MS,
    tableName: data.BERTH_TABLE,
    eventBus: data.BERTH_EVENT_BUS,
    operationDeadline: data.BERTH_OPERATION_DEADLINE_SECONDS * 1000,
  };
}

function withoutUndefined(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
