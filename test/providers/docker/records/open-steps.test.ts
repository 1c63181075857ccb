import { expect, test } from 'vitest';
import type { EngineState, OwnedContainer } from '../../../../src/providers/docker/records/engine-state.ts';
import { isUntidy, openStepsOf } from '../../../../src/providers/docker/records/open-steps.ts';
import type { RolloutRecord, TenantRecord } from '../../../../src/providers/docker/records/record.ts';
import type { RecordVolume } from '../../../../src/providers/docker/records/record-store.ts';

const NOW = 1_700_000_000_000;
const version = (number: number) => ({
  spec_hash: `hash-${number}`,
  sketch: {},
  instances: [{ container: 'web', number, digest: `digest-${number}` }],
});
const record: TenantRecord = {
  provisioned_at: NOW,
  updated_at: NOW,
  serving: version(2),
  displaced: [],
  stopped: false,
  destroying: false,
};
const rollout: RolloutRecord = { ...version(2), id: 'one', state: 'switched', changes: [], attended_until: NOW - 1 };

function container(number: number): OwnedContainer {
  const instance = { container: 'web', number, digest: `digest-${number}` };
  const name = `berth_docker_acme_web_${number}`;
  return { id: `${number}`, name, role: 'tenant', instance, spec_hash: '', state: 'exited', hostPorts: [], writes: [] };
}

const volume: RecordVolume = { name: 'record', sequence: 1, writer: '', labels: {} };

function stateOf(changes: Partial<TenantRecord>, more: Partial<EngineState> = {}): EngineState {
  const stored = { record: { ...record, ...changes }, sequence: 3, labels: {} };
  return {
    stored,
    volumes: [volume],
    containers: [container(2)],
    networks: [{ id: 'n', name: 'berth_docker_acme' }],
    foreign: undefined,
    ...more,
  };
}

test.each<[title: string, state: EngineState, steps: string | undefined]>([
  ['nothing, where the engine has what the record asks for', stateOf({}), undefined],
  [
    'nothing, while a host works on a rollout',
    stateOf({ rollout: { ...rollout, attended_until: NOW + 1 } }),
    undefined,
  ],
  ['nothing, during a destroy, which its own phase shows', stateOf({ destroying: true, rollout }), undefined],
  ['nothing, without a record', stateOf({}, { stored: undefined }), undefined],
  ['a rollout without a host', stateOf({ rollout }), 'the end of an interrupted rollout'],
  [
    'a rollout without a host, and the old version',
    stateOf({ rollout }, { containers: [container(1), container(2)] }),
    'the end of an interrupted rollout; the removal of container berth_docker_acme_web_1',
  ],
  [
    'a container that no version needs',
    stateOf({}, { containers: [container(1), container(2)] }),
    'the removal of container berth_docker_acme_web_1',
  ],
  [
    'a scratch network',
    stateOf({}, { networks: [{ id: 's', name: 'berth_docker_acme_range' }] }),
    'the removal of the network berth_docker_acme_range',
  ],
  ['an older record', stateOf({}, { volumes: [volume, volume] }), 'the removal of older records'],
])('open steps are %s', (_title, state, steps) => {
  expect(openStepsOf(state, NOW)).toBe(steps);
});

test('a rollout in the record is continued, and only what is left without one is tidied', () => {
  const containers = [container(1), container(2)];
  expect(isUntidy(stateOf({ rollout }, { containers }))).toBe(false);
  expect(isUntidy(stateOf({}, { containers }))).toBe(true);
  expect(isUntidy(stateOf({}))).toBe(false);
});
