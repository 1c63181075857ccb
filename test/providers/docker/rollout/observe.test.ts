import type Docker from 'dockerode';
import { describe, expect, test } from 'vitest';
import { toObservation } from '../../../../src/providers/docker/rollout/observe.ts';

const instance = { container: 'web', number: 1, digest: 'd' };
type Inspected = Docker.ContainerInspectInfo;
type Check = { Start: string; End: string; ExitCode: number; Output: string };

function inspected(
  state: Partial<Inspected['State']>,
  labels: Record<string, string> = {},
  RestartCount = 0,
): Inspected {
  const State = { Status: 'running', ExitCode: 0, Error: '', OOMKilled: false, StartedAt: at(0), ...state };
  // Only the fields that are read.
  return {
    Id: 'id',
    Name: '/x',
    State,
    Config: { Labels: labels },
    HostConfig: { Memory: 64 * 1024 * 1024 },
    RestartCount,
  } as Inspected;
}

function at(second: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
}

function checks(...codes: number[]): Check[] {
  return codes.map((ExitCode, index) => ({
    Start: at(index + 1),
    End: at(index + 1),
    ExitCode,
    Output: 'nothing listens on port 80\n',
  }));
}

function withHealth(Status: string, log: Check[], threshold = 1): Inspected {
  return inspected(
    { Health: { Status, FailingStreak: 0, Log: log } },
    { 'berth.healthy_threshold': String(threshold) },
  );
}

test.each([
  [{ Status: 'running' }, 'running', ''],
  [{ Status: 'restarting', ExitCode: 1 }, 'starting', 'it exited with code 1; the engine is about to restart it'],
  [{ Status: 'created' }, 'starting', 'it has not been started yet'],
  [{ Status: 'created', Error: 'no' }, 'failed', 'it could not be started'],
  [{ Status: 'exited', ExitCode: 0 }, 'stopped', 'it exited with code 0'],
  [{ Status: 'exited', ExitCode: 3 }, 'failed', 'it exited with code 3'],
  [
    { Status: 'exited', ExitCode: 137, OOMKilled: true },
    'failed',
    'it was killed because it used more memory than its 64 MB (OOM)',
  ],
  [
    { Status: 'restarting', ExitCode: 137, OOMKilled: true },
    'starting',
    'it was killed because it used more memory than its 64 MB (OOM); the engine is about to restart it',
  ],
  [{ Status: 'paused' }, 'stopped', 'it is paused'],
  [{ Status: 'removing' }, 'stopping', 'it exited with code 0'],
  [{ Status: 'dead' }, 'failed', 'it exited with code 0'],
])('%o is %s: %s', (state, expected, message) => {
  expect(toObservation(instance, inspected(state), undefined)).toMatchObject({ state: expected, message });
});

test('a missing container has failed', () => {
  expect(toObservation(instance, undefined, undefined)).toMatchObject({
    state: 'failed',
    isLost: true,
    message: 'its container is missing on the engine',
  });
});

test('a running container tells that its previous run was killed for its memory', () => {
  const { ready, message } = toObservation(instance, inspected({ OOMKilled: true }, {}, 2), undefined);
  expect({ ready, message }).toEqual({
    ready: true,
    message: 'its previous run was killed because it used more memory than its 64 MB (OOM)',
  });
});

describe('a health check', () => {
  test('that has not succeeded yet leaves the container unready', () => {
    expect(toObservation(instance, withHealth('starting', []), undefined)).toMatchObject({
      ready: false,
      healthy: undefined,
    });
  });

  test('that succeeded makes it ready, and proven after healthy_threshold successes in a row', () => {
    const twice = toObservation(instance, withHealth('healthy', checks(0, 1, 0, 0), 3), undefined);
    expect(twice).toMatchObject({ ready: true, healthy: true, isProven: false });
    expect(toObservation(instance, withHealth('healthy', checks(1, 0, 0, 0), 3), undefined).isProven).toBe(true);
  });

  test('needs no more successes than the engine keeps', () => {
    expect(toObservation(instance, withHealth('healthy', checks(0, 0, 0, 0, 0), 99), undefined).isProven).toBe(true);
  });

  test('that failed makes it unhealthy; the output of its own command is not shown', () => {
    const observation = toObservation(instance, withHealth('unhealthy', checks(1, 2)), undefined);
    expect(observation).toMatchObject({
      ready: false,
      healthy: false,
      message: 'health check: its command exited with code 2',
    });
  });

  test('in a probe counts as one in the container, and its output is shown', () => {
    const container = inspected({}, { 'berth.healthy_threshold': '1' });
    const probe = withHealth('unhealthy', checks(1));
    expect(toObservation(instance, container, probe)).toMatchObject({
      healthy: false,
      message: 'health check: nothing listens on port 80',
    });
    expect(toObservation(instance, container, withHealth('healthy', checks(0)))).toMatchObject({ ready: true });
  });

  test('in a probe is ignored for a run that began later', () => {
    const restarted = inspected({ StartedAt: at(30) }, { 'berth.healthy_threshold': '1' });
    expect(toObservation(instance, restarted, withHealth('healthy', checks(0, 0)))).toMatchObject({
      ready: false,
      healthy: undefined,
    });
  });

  test('that timed out says so', () => {
    expect(toObservation(instance, withHealth('unhealthy', checks(-1)), undefined).message).toBe(
      'health check: timed out',
    );
  });
});

describe('a container that runs once', () => {
  const once = { 'berth.run': 'once' };

  test.each([
    [{ Status: 'running' }, 'starting', false, 'it runs once, and has not ended yet'],
    [{ Status: 'exited', ExitCode: 0 }, 'stopped', true, ''],
    [{ Status: 'exited', ExitCode: 3 }, 'failed', false, 'it exited with code 3'],
    [
      { Status: 'exited', ExitCode: 0, OOMKilled: true },
      'stopped',
      false,
      'it was killed because it used more memory than its 64 MB (OOM)',
    ],
  ] as const)('in %o is %s', (state, shown, ready, message) => {
    const observation = toObservation(instance, inspected(state, once), undefined);
    expect(observation).toMatchObject({ state: shown, ready, hasEnded: ready, message });
    expect(observation.isLost, 'isLost').toBe(!ready && state.Status === 'exited');
  });

  test('stays ended after its container was removed, because the record says so', () => {
    const observation = toObservation({ ...instance, completed: true }, undefined, undefined);
    expect(observation).toMatchObject({ state: 'stopped', ready: true, hasEnded: true, isLost: false });
  });

  test('makes others wait, which they say', () => {
    const waiting = inspected({ Status: 'created' }, { 'berth.waits_for': 'setup,db' });
    expect(toObservation(instance, waiting, undefined).message).toBe('it waits for setup and db');
  });
});
