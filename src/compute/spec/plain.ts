/** An object whose fields are not known yet. */
export type Loose = Record<string, unknown>;

/** An object as JSON has it. */
export function isPlain(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** How many keys a plain object has, without a list of them. */
export function countKeys(plain: Loose): number {
  let count = 0;
  for (const _key in plain) count += 1;
  return count;
}

/** A regular expression that is made when a text is first held against it. */
export function lazily(make: () => RegExp): Pick<RegExp, 'test'> {
  let made: RegExp | undefined;
  return {
    test(text) {
      made ??= make();
      return made.test(text);
    },
  };
}
