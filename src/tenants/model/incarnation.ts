import { randomInt } from 'node:crypto';

/** Sorts by time, and differs for two that begin in the same millisecond. Twelve characters of base 36. */
export function newIncarnation(now: string): string {
  const time = Date.parse(now).toString(36).padStart(8, '0');
  const chance = randomInt(36 ** 4).toString(36);
  return time + chance.padStart(4, '0');
}
