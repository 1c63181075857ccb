import fc from 'fast-check';
import { hostileKey, hostileText, hostileValue } from './hostile.ts';

type Path = readonly (string | number)[];

/** Returns values that differ from valid ones in one place, at any depth. */
export function mutationsOf(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const change = fc.oneof(
    hostileValue.map((value) => ({ kind: 'replace' as const, value })),
    hostileText.map((value) => ({ kind: 'replace' as const, value })),
    fc.tuple(hostileKey, hostileValue).map(([key, value]) => ({ kind: 'insert' as const, key, value })),
    fc.constant({ kind: 'remove' as const }),
  );
  return fc.tuple(valid, fc.nat(), change).map(([value, place, made]) => {
    const paths = [...pathsIn(value)];
    const path = paths[place % paths.length] ?? [];
    if (made.kind === 'remove') return rebuild(value, path, () => undefined);
    if (made.kind === 'replace') return rebuild(value, path, () => made.value);
    return rebuild(value, path, (found) => {
      if (Array.isArray(found)) return [...found, made.value];
      return withField(typeof found === 'object' ? found : {}, made.key, made.value);
    });
  });
}

/** Yields the path of every value within a value, itself included. */
function* pathsIn(value: unknown, path: Path = []): Generator<Path> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield* pathsIn(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

function rebuild(value: unknown, [key, ...rest]: Path, change: (found: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value)) return value.map((inner, index) => (index === key ? rebuild(inner, rest, change) : inner));
  const object = value as Record<string, unknown>;
  return withField(object, String(key), rebuild(object[key], rest, change));
}

/** Returns a copy with a field set; `__proto__` becomes an own field. */
function withField(object: object | null, key: string, value: unknown): object {
  return Object.fromEntries([...Object.entries({ ...object }).filter(([name]) => name !== key), [key, value]]);
}
