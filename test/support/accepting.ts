import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';

/** Both answer undefined for what they do not take. */
export interface Comparison {
  accept: (input: unknown) => unknown;
  /** What the schema makes of it. */
  judge: (input: unknown) => unknown;
}

/** What is accepted is what the schema makes of it, in the same order. */
export function expectSound(input: unknown, { accept, judge }: Comparison): void {
  const accepted = accept(input);
  if (accepted === undefined) return;
  const judged = judge(input);
  // Thousands of times; so only what differs is shown in full.
  if (!isDeepStrictEqual(accepted, judged)) expect(accepted).toStrictEqual(judged);
  expect(inOrder(accepted)).toBe(inOrder(judged));
}

function inOrder(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}

/** And what the schema takes is accepted, unless it is unusual. */
export function expectSame(input: unknown, comparison: Comparison): void {
  expectSound(input, comparison);
  if (isUsual(input)) expect(comparison.accept(input) !== undefined).toBe(comparison.judge(input) !== undefined);
}

/** ASCII as `JSON.parse` gives it, without the key that is no key like others. The rest may be left to the schema. */
function isUsual(input: unknown): boolean {
  try {
    const text = JSON.stringify(input);
    return !/"__proto__"|[^\0-\x7f]/.test(text) && isDeepStrictEqual(JSON.parse(text), input);
  } catch {
    return false;
  }
}

/** Texts and numbers on both sides of every limit that there is, in units of one and of two. */
export function edges(): unknown[] {
  const lengths = [0, 1, 62, 63, 252, 253, 254, 255, 511, 512, 1023, 1024, 2047, 2048, 32_767, 32_768];
  const units = ['a', '\u{1f600}'];
  const numbers = [0, 1, 4, 5, 100, 101, 127, 128, 3600, 3601, 65_535, 65_536, 2 ** 53 - 1, 2 ** 53];
  return [
    ...units.flatMap((unit) => lengths.flatMap((length) => [unit.repeat(length), `${unit.repeat(length)}a`])),
    ...['a', 'é', '/', ' '].flatMap((unit) => [unit, `${unit}-`, `/${unit.repeat(1023)}`]),
    ...numbers.flatMap((number) => [number, -number, number + 0.5, String(number)]),
    ...[
      'tcp',
      'udp',
      'TCP',
      'http',
      'exec',
      'A_1',
      'a\n',
      '\0',
      '\ud800',
      'K',
      'ſ',
      true,
      false,
      null,
      [],
      {},
      [''],
      [[]],
    ],
  ];
}

export function oddities(): unknown[] {
  const sparse = new Array(3);
  sparse[2] = 'x';
  const withSymbol = { a: 'x', [Symbol('s')]: 'x' };
  const withHidden = Object.defineProperty({ a: 'x' }, 'hidden', { value: 1, enumerable: false });
  const withGetter = {
    get name() {
      return 'web';
    },
  };
  return [
    ...[
      undefined,
      Number.NaN,
      JSON.parse('1e400'),
      JSON.parse('-1e400'),
      -0,
      1n,
      Symbol('s'),
      () => 1,
      new Date(0),
      new Map(),
      /x/,
      new String('tcp'),
    ],
    ...[sparse, withSymbol, withHidden, withGetter, Object.create(null), Object.create({ a: 'x' }), Object('tcp')],
    ...[Object.assign(['x'], { extra: 1 }), { a: undefined }, JSON.parse('{"__proto__":"x"}'), [undefined]],
  ];
}
