const SECONDS: Record<string, number> = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const BINARY: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };
const DECIMAL: Record<string, number> = { '': 1, K: 1e3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };
const MEGABYTE = 2 ** 20;

/** Converts a duration of Compose such as `1m30s` into seconds. Returns undefined for anything else. */
export function toSeconds(value: unknown): number | undefined {
  if (typeof value === 'number' && value >= 0) return value;
  if (typeof value !== 'string') return undefined;
  if (value === '0') return 0;
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|ms|s|m|h|d|w))+$/.test(value)) return undefined;
  let seconds = 0;
  for (const part of value.split(/(?<=[a-z])(?=[0-9])/)) {
    seconds += Number.parseFloat(part) * (SECONDS[part.replace(/^[0-9.]+/, '')] ?? 0);
  }
  return seconds;
}

/**
 * Converts a size of Compose such as `512mb` or `1.5g` into megabytes of 1,048,576 bytes, rounded up. Every unit is
 * binary, in either case, with or without `i` and `b`, as in `RAMInBytes` of github.com/docker/go-units. Returns undefined
 * for anything else.
 */
export function toMegabytes(value: unknown): number | undefined {
  const [, amount, unit = ''] = /^([0-9]+(?:\.[0-9]+)?) ?([kmgtp]?)i?b?$/i.exec(String(value)) ?? [];
  const factor = BINARY[unit.toLowerCase()];
  return amount === undefined || factor === undefined ? undefined : Math.ceil((Number(amount) * factor) / MEGABYTE);
}

/**
 * Converts a quantity of Score or Kubernetes such as `128Mi` or `128M` into megabytes, rounded up: units with an `i` are
 * binary, others decimal. Returns undefined for anything else.
 */
export function quantityToMegabytes(value: unknown): number | undefined {
  const [, amount, unit = '', binary] = /^([0-9]+(?:\.[0-9]+)?)([KkMGTPE]?)(i?)$/.exec(String(value)) ?? [];
  if (amount === undefined || (binary && unit === '')) return undefined;
  const factor = binary ? (unit === 'E' ? 2 ** 60 : BINARY[unit.toLowerCase()]) : DECIMAL[unit];
  return factor === undefined ? undefined : Math.ceil((Number(amount) * factor) / MEGABYTE);
}

/** Converts `0.5` or `500m` into millicores. Returns undefined for anything else. */
export function toMillicores(value: unknown): number | undefined {
  const [, amount, milli] = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(m?)$/.exec(String(value)) ?? [];
  return amount === undefined ? undefined : Math.ceil(Number(amount) * (milli ? 1 : 1000) - 1e-9);
}
