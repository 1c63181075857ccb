import { invalidParameter } from './ecs-error.ts';

interface Paged {
  nextToken?: string | undefined;
  maxResults?: number | undefined;
}

/** Returns a page of a list and the token of the next one. The token names the last item, not a number of items. */
export function page<T>(
  items: readonly T[],
  { nextToken, maxResults }: Paged,
  { standard, keyOf }: { standard: number; keyOf: (item: T) => string },
): { items: T[]; nextToken?: string } {
  if (maxResults !== undefined && (maxResults < 1 || maxResults > 100)) {
    throw invalidParameter('maxResults must be between 1 and 100.');
  }
  const after = nextToken === undefined ? undefined : Buffer.from(nextToken, 'base64url').toString();
  const from = after === undefined ? 0 : items.findIndex((item) => keyOf(item) === after) + 1;
  if (after !== undefined && from === 0) throw invalidParameter('Invalid token.');
  const end = from + (maxResults ?? standard);
  const part = items.slice(from, end);
  const last = part.at(-1);
  if (end >= items.length || last === undefined) return { items: part };
  return { items: part, nextToken: Buffer.from(keyOf(last)).toString('base64url') };
}
