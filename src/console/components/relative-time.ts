const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Formats a time as its distance from now, in one unit: `12s`, `3h`. */
export function relativeTime(at: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(at)) / 1_000));
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['s', 1];
  return `${Math.floor(seconds / size)}${unit}`;
}

/** Formats a time for the hover: local, to the second, with the zone. */
export function exactTime(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });
}

/** Formats how long it is until a time, in its two largest units: `4m 12s`. Empty when the time has come. */
export function timeLeft(until: string, now: number): string {
  const seconds = Math.ceil((Date.parse(until) - now) / 1_000);
  if (!(seconds > 0)) return '';
  const at = UNITS.findIndex(([, length]) => seconds >= length);
  const [unit, size] = UNITS[at] ?? ['s', 1];
  const [nextUnit, nextSize] = UNITS[at + 1] ?? ['', 1];
  const rest = nextUnit === '' ? '' : ` ${Math.floor((seconds % size) / nextSize)}${nextUnit}`;
  return `${Math.floor(seconds / size)}${unit}${rest}`;
}
