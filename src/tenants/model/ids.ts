import { randomInt } from 'node:crypto';

/**
 * Returns a new incarnation: twelve characters of base 36 that sort by time. Two that begin in the same millisecond
 * differ.
 */
export function newIncarnation(now: string): string {
  const time = Date.parse(now).toString(36).padStart(8, '0');
  const chance = randomInt(36 ** 4).toString(36);
  return time + chance.padStart(4, '0');
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const BASE36 = `${LETTERS}0123456789`;

/** Returns a new id of an installation: 14 characters of base 36, a letter first, so that it fits into names and tags. */
export function newInstallationId(): string {
  const rest = Array.from({ length: 13 }, () => BASE36[randomInt(BASE36.length)]);
  return `${LETTERS[randomInt(LETTERS.length)]}${rest.join('')}`;
}

export const INSTALLATION_ID = /^[a-z][a-z0-9]{11,15}$/;

/** Returns the id of an operation, such as `acme.mb3k2x9q0a1z.4`. */
export function operationId(tenantId: string, incarnation: string, seq: number): string {
  return `${tenantId}.${incarnation}.${seq}`;
}

/** Returns what providers record of a restart: the id of its operation, without that of the tenant. */
export function restartId({ incarnation, seq }: { incarnation: string; seq: number }): string {
  return `${incarnation}.${seq}`;
}

/** Returns the parts of an operation id, or undefined where the text is not one. */
export function parseOperationId(id: string): { tenantId: string; incarnation: string; seq: number } | undefined {
  const match = /^([a-z0-9-]{1,63})\.([a-z0-9]{12})\.([1-9][0-9]{0,8})$/.exec(id);
  const [, tenantId, incarnation, seq] = match ?? [];
  return tenantId && incarnation && seq ? { tenantId, incarnation, seq: Number(seq) } : undefined;
}
