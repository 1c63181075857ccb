import { expect, test } from 'vitest';
import type { ContainerSpec } from '../../../../src/compute/spec/spec.ts';
import type { Instance, TenantRecord } from '../../../../src/providers/process/records/record.ts';
import { isDisplaced, newRecord } from '../../../../src/providers/process/records/transitions.ts';
import { aContainer, aSpec } from '../../../support/specs.ts';

function instanceOf(id: string): Instance {
  return { id, container: 'web', digest: id, ports: [], ready: true, was_ready: true, restart_count: 0 };
}

/** Returns a record with an update of the container `web` in progress. */
function updating(before: Partial<ContainerSpec>, after: Partial<ContainerSpec>): TenantRecord {
  const [spec, next] = [before, after].map((fields) => aSpec({ containers: [aContainer(fields)] }));
  const record = newRecord(spec ?? aSpec(), 'before', 0);
  const instances = [instanceOf('after')];
  const rollout = { spec: next ?? aSpec(), spec_hash: 'after', changes: [], begun_at: 0, instances };
  return { ...record, phase: 'serving', instances: [instanceOf('before')], rollout };
}

const written = { volumes: [{ name: 'data', path: '/data' }] };
const read = { volumes: [{ name: 'data', path: '/data', read_only: true }] };
const other = { volumes: [{ name: 'cache', path: '/data' }] };

test.each([
  ['both versions write to one volume', written, written, true],
  ['the new version only reads it', written, read, false],
  ['the old version only reads it', read, written, false],
  ['they have different volumes', written, other, false],
  ['they have none', {}, {}, false],
])('whether a container stops before its successor starts, where %s: %j %j', (_title, before, after, expected) => {
  const record = updating(before, after);
  expect(isDisplaced(record, record.instances[0] as Instance)).toBe(expected);
});
