import { SPEC_LIMITS } from '../../src/compute/spec/limits.ts';
import { aContainer, aSpec } from './specs.ts';

/** Creates a specification whose size grows with `size`; each shape has its own unit. */
type Shape = (size: number) => unknown;

function times(count: number, make: (index: number) => unknown): unknown[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function keys(count: number, value: unknown, name = (index: number) => `k${index}`): Record<string, unknown> {
  return Object.fromEntries(times(count, (index) => [name(index), value]) as [string, unknown][]);
}

function withContainer(fields: object): unknown {
  return { ...aSpec(), containers: [{ ...aContainer(), ...fields }] };
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

const shapes: Record<string, Shape> = {
  'a long env value': (size) => withContainer({ env: { TEXT: 'x'.repeat(size) } }),
  'a long text of escapes': (size) => withContainer({ env: { TEXT: '\n'.repeat(size) } }),
  'a long image': (size) => withContainer({ image: 'a'.repeat(size) }),
  'unknown keys': (size) => ({ ...aSpec(), ...keys(size, 0) }),
  'unknown keys in each container': (size) => ({
    ...aSpec(),
    containers: times(10, (index) => ({ ...aContainer({ name: `c${index}` }), ...keys(size, 0) })),
  }),
  'containers of one name': (size) => ({ ...aSpec(), containers: times(size, () => aContainer()) }),
  'empty containers': (size) => ({ ...aSpec(), containers: times(size, () => ({})) }),
  'a list of numbers for texts': (size) => withContainer({ command: times(size, () => 0) }),
  'lists of text with NUL in each container': (size) => ({
    ...aSpec(),
    containers: times(10, (index) => ({
      ...aContainer({ name: `c${index}` }),
      command: times(Math.min(size, 256), () => '\0'),
    })),
  }),
  'ports of one number': (size) => withContainer({ ports: times(size, () => ({ container_port: 1 })) }),
  'env of good names': (size) => withContainer({ env: keys(size, 'v') }),
  'env of bad names in each container': (size) => ({
    ...aSpec(),
    containers: times(10, (index) => ({
      ...aContainer({ name: `c${index}` }),
      env: keys(size, 0, (key) => `${key}-`),
    })),
  }),
  'labels of bad names': (size) => ({ ...aSpec(), labels: keys(size, 0, (index) => `-${index}`) }),
  'empty secrets': (size) => ({ ...aSpec(), secrets: times(size, () => ({})) }),
  'settings that are numbers': (size) => aSpec({ provider_config: { list: times(size, () => 0) } }),
  'settings that are deep': (size) => aSpec({ provider_config: { list: times(size, () => nested(25)) } }),
  'settings that pollute prototypes': (size) =>
    aSpec({ provider_config: { list: times(size, () => JSON.parse('{"__proto__":0}')) } }),
};

/** Returns the specification of the largest size that passes a test, found by binary search. */
function largest(shape: Shape, fits: (spec: unknown) => boolean): unknown {
  let low = 1;
  while (low < SPEC_LIMITS.maxBytes && fits(shape(low * 2))) low *= 2;
  for (let step = low / 2; step >= 1; step /= 2) if (fits(shape(low + step))) low += step;
  return shape(low);
}

function fillsBytes(spec: unknown): boolean {
  return JSON.stringify(spec).length <= SPEC_LIMITS.maxBytes;
}

/** Returns true if no limit of counts refuses the specification either, so that every value is checked. */
function fillsValues(spec: unknown): boolean {
  return fillsBytes(spec) && countValues(spec) <= SPEC_LIMITS.maxValues && widestObject(spec) <= 256;
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((count: number, inner) => count + 1 + countValues(inner), 0);
}

function widestObject(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Math.max(own, ...Object.values(value).map(widestObject));
}

/** Returns the specifications of up to 64 KB that cost most to check: each shape with the most bytes and values. */
export function worstSpecs(): [name: string, spec: unknown][] {
  return Object.entries(shapes).flatMap(([name, shape]): [string, unknown][] => [
    [`${name}, 64 KB of them`, largest(shape, fillsBytes)],
    [`${name}, as many as are checked`, largest(shape, fillsValues)],
  ]);
}
