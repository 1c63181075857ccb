import { isFields, type Ledger, type Path } from './imported.ts';
import { toSeconds } from './quantities.ts';

const SHORTEST_INTERVAL = 5;

/** Converts `healthcheck` of a service. Returns nothing if there is none or it is disabled. */
export function toHealthCheck(check: unknown, at: Path, ledger: Ledger): Record<string, unknown> {
  if (!isFields(check)) return {};
  const { test, interval, timeout, retries, disable, ...others } = check;
  if (disable === true || (Array.isArray(test) && test[0] === 'NONE')) {
    ledger.lose([...at, disable === true ? 'disable' : 'test'], 'Berth never uses the health check of an image');
    return {};
  }
  for (const key of Object.keys(others)) {
    ledger.lose([...at, key], 'the provider sets the start period');
  }
  const command = toCommand(test);
  if (!command) {
    ledger.lose(at, 'it has no test, and the test of the image is unknown');
    return {};
  }
  return { health_check: { type: 'exec', command, ...toTimes(interval, timeout, at, ledger), ...toRetries(retries) } };
}

function toCommand(test: unknown): string[] | undefined {
  if (typeof test === 'string') return ['/bin/sh', '-c', test];
  if (!Array.isArray(test)) return undefined;
  const [kind, ...rest] = test.map(String);
  if (kind === 'CMD-SHELL') return ['/bin/sh', '-c', rest.join(' ')];
  return kind === 'CMD' && rest.length > 0 ? rest : undefined;
}

/** Rounds to whole seconds, with the minimum interval and a timeout below the interval. */
function toTimes(interval: unknown, timeout: unknown, at: Path, ledger: Ledger): Record<string, number> {
  const [every, within] = [toSeconds(interval), toSeconds(timeout)];
  if (interval !== undefined && every === undefined)
    ledger.refuse([...at, 'interval'], 'write a duration as 30s or 1m30s');
  if (timeout !== undefined && within === undefined) ledger.refuse([...at, 'timeout'], 'write a duration as 5s');
  const seconds = every === undefined ? undefined : Math.max(Math.ceil(every), SHORTEST_INTERVAL);
  if (seconds !== undefined && every !== undefined && seconds !== every) {
    ledger.lose([...at, 'interval'], `must be whole seconds, at least ${SHORTEST_INTERVAL}; ${seconds} s is used`);
  }
  const longest = (seconds ?? 10) - 1;
  const limit = within === undefined ? undefined : Math.min(Math.max(Math.ceil(within), 1), longest);
  if (limit !== undefined && limit !== within) {
    ledger.lose([...at, 'timeout'], `must be whole seconds below the interval; ${limit} s is used`);
  }
  return {
    ...(seconds !== undefined && { interval_seconds: seconds }),
    ...(limit !== undefined && { timeout_seconds: limit }),
  };
}

function toRetries(retries: unknown): Record<string, unknown> {
  return retries === undefined ? {} : { unhealthy_threshold: Number(retries) };
}
