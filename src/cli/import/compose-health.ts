import type { ProviderSettings } from './compose-settings.ts';
import { isFields, type Ledger, type Path } from './imported.ts';
import { toSeconds } from './quantities.ts';
import { toFlag, toTexts } from './shapes.ts';

const SHORTEST_INTERVAL = 5;
const MAX_INTERVAL = 3600;
/** What an engine uses for a missing field: docs.docker.com/reference/dockerfile, HEALTHCHECK. */
const DEFAULTS = { interval: 30, timeout: 30, retries: 3 };
/** Fields that no setting of a provider corresponds to. */
const notes: Readonly<Record<string, string>> = {
  start_interval: 'the provider decides how often it checks a container that starts',
};

/** Converts `healthcheck` of a service. Returns nothing if there is none or it is disabled. */
export function toHealthCheck(
  check: unknown,
  service: string,
  at: Path,
  settings: ProviderSettings,
  ledger: Ledger,
): Record<string, unknown> {
  if (!isFields(check)) return {};
  const { test, interval, timeout, retries, disable, start_period: startPeriod, ...others } = check;
  const isDisabled = toFlag(disable) === true;
  if (isDisabled || test === 'NONE' || (Array.isArray(test) && test[0] === 'NONE')) {
    ledger.lose([...at, isDisabled ? 'disable' : 'test'], 'Berth never uses the health check of an image');
    return {};
  }
  for (const key of Object.keys(others)) {
    if (!key.startsWith('x-')) ledger.lose([...at, key], notes[key] ?? `Compose has no ${key} here`);
  }
  const command = toCommand(test, [...at, 'test'], ledger);
  if (!command) return {};
  const start = readDuration(startPeriod, [...at, 'start_period'], ledger);
  if (start) settings.add('start_period', { service, at: [...at, 'start_period'], value: Math.ceil(start) });
  return {
    health_check: {
      type: 'exec',
      command,
      ...toTimes(interval, timeout, at, ledger),
      unhealthy_threshold: toRetries(retries, [...at, 'retries'], ledger),
    },
  };
}

function toCommand(test: unknown, at: Path, ledger: Ledger): string[] | undefined {
  if (test === undefined || test === null) {
    ledger.lose(at.slice(0, -1), 'it has no test, and the test of the image is unknown');
    return undefined;
  }
  if (typeof test === 'string') return ['/bin/sh', '-c', test];
  const [kind, ...rest] = Array.isArray(test) ? toTexts(test, at, ledger) : [];
  if (kind === 'CMD-SHELL' && rest.length > 0) return ['/bin/sh', '-c', rest.join(' ')];
  if (kind === 'CMD' && rest.length > 0) return rest;
  ledger.refuse(at, 'test must be a text, or a list that begins with CMD, CMD-SHELL or NONE');
  return undefined;
}

/** Reads a duration. 0 and a missing one mean the default. */
function readDuration(value: unknown, at: Path, ledger: Ledger): number | undefined {
  if (value === undefined || value === null) return undefined;
  const seconds = toSeconds(value);
  if (seconds === undefined) ledger.refuse(at, 'write a duration as 30s or 1m30s');
  return seconds || undefined;
}

/** Rounds to whole seconds, with the minimum interval and a timeout below the interval. */
function toTimes(interval: unknown, timeout: unknown, at: Path, ledger: Ledger) {
  const every = readDuration(interval, [...at, 'interval'], ledger) ?? DEFAULTS.interval;
  const seconds = Math.min(Math.max(Math.ceil(every), SHORTEST_INTERVAL), MAX_INTERVAL);
  if (seconds !== every) {
    ledger.lose(
      [...at, 'interval'],
      `must be whole seconds from ${SHORTEST_INTERVAL} to ${MAX_INTERVAL}; ${seconds} s is used`,
    );
  }
  const given = readDuration(timeout, [...at, 'timeout'], ledger);
  const within = given ?? DEFAULTS.timeout;
  const limit = Math.min(Math.max(Math.ceil(within), 1), seconds - 1);
  if (given !== undefined && limit !== given) {
    ledger.lose([...at, 'timeout'], `must be whole seconds below the interval; ${limit} s is used`);
  } else if (given === undefined && limit !== within) {
    ledger.lose(at, `no timeout, and the default of ${within} s is not below the interval; ${limit} s is used`);
  }
  return { interval_seconds: seconds, timeout_seconds: limit };
}

function toRetries(retries: unknown, at: Path, ledger: Ledger): number {
  if (retries === undefined || retries === null) return DEFAULTS.retries;
  const count = Number(retries);
  if (!Number.isInteger(count) || count < 0 || (typeof retries !== 'number' && typeof retries !== 'string')) {
    ledger.refuse(at, 'retries must be a whole number');
    return DEFAULTS.retries;
  }
  return count === 0 ? DEFAULTS.retries : count;
}
