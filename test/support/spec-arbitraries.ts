import fc from 'fast-check';
import { anyCharacter } from './any-character.ts';
import { replaceAt, resolvePointer } from './json-pointer.ts';
import { aFullSpec } from './specs.ts';

/** Returns every pointer into a value, parents before their children. */
function pointersInto(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, inner]) => pointersInto(inner, `${at}/${key}`))];
}

/** The pointers to all values in a full specification. */
export const places = pointersInto(aFullSpec()).filter((pointer) => pointer !== '');
const odd = fc.constantFrom<unknown>(
  undefined,
  null,
  '',
  'web',
  0,
  -1,
  0.5,
  1e308,
  true,
  [],
  {},
  [[]],
  { toString: 1, valueOf: 1 },
  '\0',
  '\ud800',
  '..',
  '__proto__',
);
const newKey = fc.constantFrom('', 'extra', 'name', '__proto__', 'constructor', 'prototype', 'length', '0', 'toString');

/** A full specification with one to five mutations. */
export const mutated = fc
  .array(
    fc.record({
      place: fc.constantFrom(...places),
      value: fc.oneof({ weight: 3, arbitrary: odd }, fc.jsonValue(), fc.string({ unit: anyCharacter })),
      key: fc.option(newKey),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((mutations) =>
    mutations.reduce<unknown>((spec, { place, value, key }) => {
      const { found, value: current } = resolvePointer(spec, place);
      if (!found) return spec;
      const extends_ = key !== null && typeof current === 'object' && current !== null && !Array.isArray(current);
      return replaceAt(spec, extends_ ? `${place}/${key}` : place, value);
    }, aFullSpec()),
  );

export const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  stringUnit: anyCharacter,
});

/** Objects with the right fields and arbitrary values. */
export const halfShaped = fc.record(
  {
    tenant_id: anything,
    provider_type: anything,
    containers: fc.oneof(anything, fc.array(fc.record({ name: anything, ports: fc.array(anything), env: anything }))),
    resources: fc.oneof(anything, fc.record({ cpu: anything, memory: anything })),
    secrets: fc.array(fc.record({ env_var: anything })),
    labels: anything,
    provider_config: anything,
  },
  { requiredKeys: [] },
);

const name = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/);
const envName = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/);
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !value.includes('\0'));
const optional = { requiredKeys: [] };
/** JSON that a specification may contain: no keys that pollute prototypes, and no NUL or lone surrogate in strings. */
const settings = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => !/"(?:__proto__|constructor|prototype)":|\\u(?:0000|d[89a-f])/.test(JSON.stringify(value)))
  .map((value): unknown => JSON.parse(JSON.stringify(value)));

const container = fc.record(
  {
    name,
    image: fc.constantFrom('nginx', 'nginx:1.27', 'localhost:5000/a/b:c', 'ghcr.io/o/r'),
    command: fc.array(text, { maxLength: 4 }),
    env: fc.dictionary(envName, text, { maxKeys: 5 }),
    ports: fc
      .uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 4 })
      .map((ports) => ports.map((container_port) => ({ container_port }))),
    resources: fc.record({ cpu: fc.integer({ min: 128, max: 200 }), memory: fc.integer({ min: 128, max: 200 }) }),
  },
  { requiredKeys: ['name', 'image'] },
);

export const validSpec = fc.record(
  {
    tenant_id: name,
    provider_type: name,
    containers: fc.uniqueArray(container, { minLength: 1, maxLength: 10, selector: (one) => one.name }),
    resources: fc.record({ cpu: fc.integer({ min: 2000 }), memory: fc.integer({ min: 2000 }) }),
    networking: fc.record({ public_ip: fc.boolean(), subnets: fc.array(name, { maxLength: 16 }) }, optional),
    labels: fc.dictionary(name, fc.stringMatching(/^[a-zA-Z0-9 _.:/=+@-]{0,40}$/), { maxKeys: 10 }),
    provider_config: fc.dictionary(name, settings, { maxKeys: 5 }),
  },
  { requiredKeys: ['tenant_id', 'provider_type', 'containers', 'resources'] },
);
