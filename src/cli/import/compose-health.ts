import { isFields, type Ledger, type Path } from './imported.ts';
import { toSeconds } from './quantities.ts';

const SHORTEST_INTERVAL = 5;

/** `healthcheck` of a service as `health_check` of a container; nothing where it has none, or switches it off. */
export function toHealthCheck(check: unknown, at: Path, ledger: Ledger): Record<string, unknown> {
  if (!isFields(check)) return {};
  const { test, interval, timeout, retries, disable, ...others } = check;
  if (disable === true || (Array.isArray(test) && test[0] === 'NONE')) {
    ledger.lose([...at, disable === true ? 'disable' : 'test'], 'a health check of the image is never used anyway');
    return {};
  }
  for (const key of Object.keys(others)) {
    ledger.lose([...at, key], 'the provider decides how long a container may take to start');
  }
  const command = toCommand(test);
  if (!command) {
    ledger.lose(at, 'it has no test of its own, and the one of the image is not known');
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

/** Whole seconds, not too often, and a try that ends before the next one begins. */
function toTimes(interval: unknown, timeout: unknown, at: Path, ledger: Ledger): Record<string, number> {
  const [every, within] = [toSeconds(interval), toSeconds(timeout)];
  if (interval !== undefined && every === undefined)
    ledger.refuse([...at, 'interval'], 'write a duration as 30s or 1m30s');
  if (timeout !== undefined && within === undefined) ledger.refuse([...at, 'timeout'], 'write a duration as 5s');
  const seconds = every === undefined ? undefined : Math.max(Math.ceil(every), SHORTEST_INTERVAL);
  if (seconds !== undefined && every !== undefined && seconds !== every) {
    ledger.lose([...at, 'interval'], `whole seconds, and at least ${SHORTEST_INTERVAL}: ${seconds} s are used`);
  }
  const longest = (seconds ?? 10) - 1;
  const limit = within === undefined ? undefined : Math.min(Math.max(Math.ceil(within), 1), longest);
  if (limit !== undefined && limit !== within) {
    ledger.lose([...at, 'timeout'], `whole seconds, and less than the interval: ${limit} s are used`);
  }
  return {
    ...(seconds !== undefined && { interval_seconds: seconds }),
    ...(limit !== undefined && { timeout_seconds: limit }),
  };
}

function toRetries(retries: unknown): Record<string, unknown> {
  return retries === undefined ? {} : { unhealthy_threshold: Number(retries) };
}
