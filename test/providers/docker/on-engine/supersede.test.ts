import { afterEach, beforeEach, expect, test } from 'vitest';
import { callsOfUpdates } from '../../../support/update-calls.ts';
import { engineSuite } from './engine-suite.ts';
import { Lab } from './lab.ts';

engineSuite('an update sent during a stuck update', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.open();
  });
  afterEach(() => lab.clear());

  test('takes the calls of a fresh one, and only it is left', async () => {
    const check = { type: 'exec', command: ['false'], interval_seconds: 5, timeout_seconds: 2 };
    const script = 'echo "key is $KEY"; exec sleep 1000';
    const stuck = lab.specOf('acme', [lab.container(script, { env: { KEY: 'canary-91' }, health_check: check })], {
      start_timeout_seconds: 600,
      ready_wait_seconds: 3,
    });
    const provider = lab.provider();
    const { name: provider_type } = provider;
    const newest = { ...lab.spec('acme', 4), provider_type };
    const { alone, older, waiting, instead, status, desired } = await callsOfUpdates(provider, {
      first: { ...lab.spec('acme', 1), provider_type },
      fresh: { ...lab.spec('acme', 2), provider_type },
      stuck: { ...stuck, provider_type },
      newest,
    });
    expect(alone.operation.state).toBe('succeeded');
    expect(instead.operation.state).toBe('succeeded');
    expect(instead.calls).toEqual(alone.calls);
    expect(older).toMatchObject({ state: 'cancelled', error: { code: 'operation_superseded' } });
    expect(desired.spec).toEqual(newest);
    expect(status.metadata).toMatchObject({ spec_hash: desired.spec_hash });
    expect(status.metadata).not.toHaveProperty('pending_spec_hash');

    const { pending_message, pending_until } = waiting.metadata;
    expect(pending_message).toMatch(/^web is (?:running|starting).*\nlast output of web:\nkey is /);
    expect(pending_message).not.toContain('canary-91');
    expect(Date.parse(pending_until ?? '') - Date.now()).toBeGreaterThan(0);
  });
});
