import { expect, test } from 'vitest';
import { observe } from '../src/mapping.ts';

const spec = (image: string) => ({
  tenant_id: 'acme',
  provider_type: 'folder',
  containers: [{ name: 'web', image }],
  resources: { cpu: 128, memory: 128 },
});
const version = { spec: spec('web:2'), spec_hash: 'second', begun_at: 0, ready_at: 10 };
const before = { spec: spec('web:1'), spec_hash: 'first', begun_at: 0, ready_at: 0 };

test.each([
  ['nothing', {}, 0, {}],
  ['a first version that starts', { version }, 9, { serving: undefined, pending: version }],
  ['an update that starts', { version, before }, 9, { serving: before, pending: version }],
  ['a version that is ready', { version, before }, 10, { serving: version }],
])('%s is observed', (_, record, now, expected) => {
  expect(observe(record, now)).toEqual(expected);
});
