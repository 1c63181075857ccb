import fc from 'fast-check';

/** The code points of surrogates, which are no characters. */
const SURROGATES = { from: 0xd800, count: 0x800 };

/**
 * Any Unicode character, like fast-check's `unit: 'binary'`. That one first builds a table of all 1,112,064 characters in
 * each process, which takes seconds.
 */
export const anyCharacter = fc.nat({ max: 0x10ffff - SURROGATES.count }).map(toCharacter, toIndex);

function toCharacter(index: number): string {
  return String.fromCodePoint(index < SURROGATES.from ? index : index + SURROGATES.count);
}

function toIndex(value: unknown): number {
  const point = typeof value === 'string' ? (value.codePointAt(0) ?? 0) : 0;
  const index = point < SURROGATES.from ? point : point - SURROGATES.count;
  if (value !== toCharacter(index)) throw new Error('not one character');
  return index;
}
