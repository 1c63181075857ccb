import { expect, test } from 'vitest';
import { changedFields } from '../../../../src/compute/spec/spec-diff.ts';
import { changesSince, fingerprintOf } from '../../../../src/providers/docker/records/spec-fingerprint.ts';
import { aContainer, aFullSpec, aSpec } from '../../../support/specs.ts';

test('comparing with a fingerprint gives the same changes as comparing with the specification', () => {
  const before = aFullSpec();
  const [web = aContainer(), worker = aContainer()] = aFullSpec().containers;
  const after = {
    ...aFullSpec(),
    containers: [{ ...web, image: 'web:3', env: { ...web.env, LOG_LEVEL: 'debug' } }, aContainer({ name: 'cache' })],
    resources: { cpu: 2048, memory: 1024 },
    labels: { team: 'payments' },
    provider_config: { restart: 'no' },
  };
  expect(changesSince(fingerprintOf(before), after)).toEqual(changedFields(before, after));
  expect(changesSince(fingerprintOf(before), after)).toContain('/containers/web/env');
  expect(changesSince(fingerprintOf({ ...before, containers: [web, worker] }), before)).toEqual([]);
});

test('a fingerprint contains no value of the specification', () => {
  const spec = aSpec({
    containers: [aContainer({ env: { TOKEN: 'canary-1' }, args: ['canary-2'] })],
    labels: { a: 'canary-3' },
  });
  expect(JSON.stringify(fingerprintOf(spec))).not.toContain('canary');
});
