import { describe, expect, test } from 'vitest';
import { openableUrls, stateOf, wordsOf } from '../../../src/console/tenants/state.ts';
import { PHASES } from '../../../src/tenants/model/phases.ts';

describe('the state of a tenant', () => {
  test.each([
    ['ready', 'healthy', 'Serving', 'healthy', 'healthy'],
    ['ready', 'unknown', 'Serving', 'unknown', 'not observed'],
    ['ready', 'unhealthy', 'CrashLoop', 'failing', 'CrashLoop'],
    ['updating', 'healthy', 'Updating', 'changing', 'updating'],
    ['updating', 'unhealthy', 'CrashLoop', 'failing', 'CrashLoop'],
    ['failed', 'healthy', 'ImagePullFailed', 'failing', 'ImagePullFailed'],
    ['failed', 'unknown', '', 'failing', 'failed'],
    ['stopped', 'unhealthy', 'Stopped', 'stopped', 'stopped'],
    ['destroying', 'unknown', '', 'changing', 'destroying'],
    ['destroyed', 'unknown', '', 'stopped', 'destroyed'],
  ] as const)('%s and %s, because of %j, is %s: %j', (phase, health, reason, state, words) => {
    expect(stateOf({ phase, health })).toBe(state);
    expect(wordsOf({ phase, health, reason })).toBe(words);
  });

  test('is healthy in the phase ready only: every other phase is a change, an end or a failure', () => {
    const healthy = PHASES.filter((phase) => stateOf({ phase, health: 'healthy' }) === 'healthy');
    expect(healthy).toEqual(['ready']);
  });
});

test('stable addresses are opened, others only where there is no stable one, and none that is not HTTP', () => {
  const endpoint = { type: 'http', address: 'localhost', port: 1 };
  const plain = { ...endpoint, url: 'http://127.0.0.1:1' };
  const stable = { ...endpoint, url: 'http://acme.localhost:8788', stable: true };
  expect(openableUrls([plain, stable])).toEqual([stable.url]);
  expect(openableUrls([plain, endpoint])).toEqual([plain.url]);
  expect(openableUrls([{ ...endpoint, url: 'javascript:alert(1)' }])).toEqual([]);
});
