import { type Issue, toPointer } from '../../../src/compute/errors.ts';
import { PROVIDER_NAME } from '../../../src/compute/spec/names.ts';
import { isBuiltIn, typeMistake } from '../../../src/providers/provider-modules.ts';
import type { OrphanPolicy } from '../../../src/tenants/sweep/removal-brake.ts';

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A provider of BERTH_PROVIDERS. */
export interface ConfiguredProvider {
  /** A built-in type, the name of a package, or a path. */
  type: string;
  defaults: Record<string, unknown>;
  /** What happens to orphans of this installation. Default: removed on one machine, only reported on AWS. */
  orphanPolicy?: OrphanPolicy | undefined;
}

const ORPHAN_POLICIES: readonly OrphanPolicy[] = ['report', 'remove'];

/** The configuration of an installation. */
export interface Config {
  /** By name. One type can be registered under several names. `defaults`: `provider_config` for every tenant. */
  providers: Record<string, ConfiguredProvider>;
  /** True if BERTH_PROVIDERS is set. */
  areProvidersChosen: boolean;
  /** DOCKER_HOST, where Docker's own tools look for an engine that is not at the usual socket. */
  dockerHost: string | undefined;
  dataDir: string;
  port: number;
  /** The port of the front door of one machine; 0 for a free one. Default: 8788, or a free one where `port` is 0, too. */
  frontDoorPort: number | 'off';
  /** BERTH_TOKEN: the local host serves only callers that send it. Not used on AWS. */
  token: string | undefined;
  logLevel: LogLevel;
  /** The `service` of logs and metrics, which distinguishes the installations of one account. */
  installation: string;
  /** How long a status is cached, in milliseconds. */
  statusMaxAge: number;
  /** The DynamoDB table of the tenants, on AWS. The local host brings its own table. */
  tableName: string | undefined;
  /** The EventBridge bus of the announcements, on AWS. The local host brings its own bus. */
  eventBus: string | undefined;
  /** How long a failed provision or update is retried, in milliseconds. */
  operationDeadline: number;
  /** How long a change of a tenant's health has to hold before it counts, in milliseconds. */
  healthHold: number;
  /** Providers whose present place is accepted, because the operator says that the old one is gone; on one machine. */
  acceptedPlaces: string[];
}

/** A mistake in the environment. The message names each variable and the place in it, and repeats no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(issues: readonly Issue[]) {
    const lines = issues.map(({ pointer, message }) => `  ${pointer.slice(1)}: ${message}`);
    super(`The configuration cannot be used. Correct these environment variables:\n${lines.join('\n')}`);
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration from the environment; no other code does. Throws `ConfigError` with every mistake. `overrides` are
 * variables that take precedence. Each cold start reads it, so the checks are written by hand: loading zod takes longer than
 * the rest of the initialization.
 */
export function readConfig(overrides: Variables = {}, environment: Variables = process.env): Config {
  const given = Object.entries(overrides).filter(([, text]) => text !== undefined);
  const variables: Variables = { ...environment, ...Object.fromEntries(given) };
  const issues: Issue[] = [];

  /** Returns the value of a variable, or `fallback` if it is unset or, as is usual in shells, empty. */
  function read<Value, Fallback>(
    name: string,
    fallback: Fallback,
    parse: (text: string) => Value | undefined,
    rule: string,
  ): Value | Fallback {
    const text = variables[name];
    if (!text) return fallback;
    const value = parse(text);
    if (value === undefined) issues.push({ pointer: `/${name}`, message: rule });
    return value ?? fallback;
  }

  function readNumber(name: string, fallback: number, min: number, max: number): number {
    const rule = `must be a whole number from ${min} to ${max}`;
    const parse = (text: string) => (/^[0-9]{1,9}$/.test(text) ? within(Number(text), min, max) : undefined);
    return read(name, fallback, parse, rule);
  }

  const config: Config = {
    providers: variables.BERTH_PROVIDERS ? readProviders(variables.BERTH_PROVIDERS, issues) : defaultProviders,
    areProvidersChosen: Boolean(variables.BERTH_PROVIDERS),
    dockerHost: variables.DOCKER_HOST || undefined,
    dataDir: variables.BERTH_DATA_DIR || '.berth',
    port: readNumber('BERTH_PORT', 8787, 0, 65_535),
    frontDoorPort: read(
      'BERTH_FRONT_DOOR_PORT',
      variables.BERTH_PORT === '0' ? 0 : 8788,
      toFrontDoorPort,
      'must be a whole number from 0 to 65535, or off',
    ),
    token: read(
      'BERTH_TOKEN',
      undefined,
      matching(/^[\x21-\x7e]{16,4096}$/),
      'must be 16 to 4096 visible ASCII characters, because it protects the local host',
    ),
    logLevel: read('BERTH_LOG_LEVEL', 'INFO', toLogLevel, `must be one of ${LOG_LEVELS.join(', ')}`),
    installation: read(
      'BERTH_INSTALLATION',
      'berth',
      matching(/^[\x21-\x7e]{1,255}$/),
      'must be 1 to 255 visible ASCII characters',
    ),
    statusMaxAge: readNumber('BERTH_STATUS_MAX_AGE_MS', 2000, 0, 60_000),
    tableName: read(
      'BERTH_TABLE',
      undefined,
      matching(/^[A-Za-z0-9_.:/-]{3,1024}$/),
      'must be the name of a DynamoDB table',
    ),
    eventBus: variables.BERTH_EVENT_BUS || undefined,
    operationDeadline: readNumber('BERTH_OPERATION_DEADLINE_SECONDS', 900, 1, 86_400) * 1000,
    healthHold: readNumber('BERTH_HEALTH_HOLD_SECONDS', 20, 0, 3600) * 1000,
    acceptedPlaces: read('BERTH_ACCEPT_PLACE', [], toProviderNames, 'must be names of providers, separated by commas'),
  };
  if (issues.length > 0) throw new ConfigError(issues);
  return config;
}

function toProviderNames(text: string): string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => PROVIDER_NAME.test(name)) ? names : undefined;
}

/** Without BERTH_PROVIDERS: tenants are processes, where the control plane can run any. */
const defaultProviders: Config['providers'] = isBuiltIn('process')
  ? { process: { type: 'process', defaults: {} } }
  : {};

/** Reads BERTH_PROVIDERS and adds an issue for each mistake. A mistake never quotes the text: it may hold a password. */
function readProviders(text: string, issues: Issue[]): Config['providers'] {
  const fail = (path: string[], message: string) =>
    issues.push({ pointer: toPointer(['BERTH_PROVIDERS', ...path]), message });
  const providers: Config['providers'] = {};
  const value = parseJson(text);
  if (value === undefined) fail([], 'must be JSON, such as {"process":{"type":"process"}}');
  else if (!isObject(value)) fail([], 'must be a JSON object of provider names');
  else if (Object.keys(value).length === 0) fail([], 'must name at least one provider');
  else {
    for (const [name, entry] of Object.entries(value)) {
      if (!PROVIDER_NAME.test(name)) {
        fail([name], 'names must be 1 to 63 lower-case letters, digits or hyphens, not beginning with a hyphen');
      } else if (!isObject(entry)) fail([name], 'must be an object with the type of the provider');
      else {
        const { type: given, orphan_policy, ...defaults } = entry;
        const type = typeof given === 'string' ? given : '';
        const mistake = typeMistake(type);
        if (mistake !== undefined) fail([name, 'type'], mistake);
        const orphanPolicy = ORPHAN_POLICIES.find((policy) => policy === orphan_policy);
        if (orphan_policy !== undefined && !orphanPolicy) {
          fail([name, 'orphan_policy'], `orphan_policy must be one of ${ORPHAN_POLICIES.join(', ')}`);
        }
        providers[name] = { type, defaults, ...(orphanPolicy && { orphanPolicy }) };
      }
    }
  }
  return providers;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toFrontDoorPort(text: string): number | 'off' | undefined {
  if (text === 'off') return 'off';
  return /^[0-9]{1,5}$/.test(text) ? within(Number(text), 0, 65_535) : undefined;
}

function toLogLevel(text: string): LogLevel | undefined {
  return LOG_LEVELS.find((level) => level === text.toUpperCase());
}

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

function matching(pattern: RegExp): (text: string) => string | undefined {
  return (text) => (pattern.test(text) ? text : undefined);
}
