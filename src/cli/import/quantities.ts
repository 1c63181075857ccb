const SECONDS: Record<string, number> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 };
const BYTES: Record<string, number> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};
/** In Kubernetes and Score, units without an i are powers of ten. */
const DECIMAL_BYTES: Record<string, number> = { k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** Converts `1m30s` into seconds. Returns undefined for anything else. */
export function toSeconds(value: unknown): number | undefined {
  if (typeof value === 'number' && value >= 0) return value;
  if (typeof value !== 'string' || !/^(?:[0-9]+(?:\.[0-9]+)?(?:us|ms|s|m|h|d))+$/.test(value)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of value.matchAll(/(?<![0-9.])([0-9.]+)(us|ms|s|m|h|d)/g)) {
    seconds += Number(amount) * (SECONDS[unit ?? ''] ?? 0);
  }
  return seconds;
}

/** Converts `512M` into megabytes of 1,048,576 bytes, rounded up. Returns undefined for anything else. */
export function toMegabytes(value: unknown, units: 'binary' | 'decimal'): number | undefined {
  const [, amount, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)([A-Za-z]{0,2})$/.exec(String(value)) ?? [];
  if (amount === undefined) return undefined;
  const key = unit.toLowerCase();
  const factor = (units === 'decimal' ? DECIMAL_BYTES[key] : undefined) ?? BYTES[key];
  return factor === undefined ? undefined : Math.ceil((Number(amount) * factor) / 2 ** 20);
}

/** Converts `0.5` or `500m` into millicores. Returns undefined for anything else. */
export function toMillicores(value: unknown): number | undefined {
  const [, amount, milli] = /^([0-9]+(?:\.[0-9]+)?|\.[0-9]+)(m?)$/.exec(String(value)) ?? [];
  return amount === undefined ? undefined : Math.ceil(Number(amount) * (milli ? 1 : 1000));
}

/**
 * Splits a command line into words as a shell does, without any expansion.
 * Returns undefined if a quote is not closed.
 */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    const next = text[at + 1];
    if (character === '\\' && quote !== "'" && next !== undefined && (quote === '' || /["\\$`]/.test(next))) {
      word = (word ?? '') + next;
      at++;
    } else if (quote) {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (word !== undefined) words.push(word);
  return quote ? undefined : words;
}
