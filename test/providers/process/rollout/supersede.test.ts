import { expect } from 'vitest';
import { callsOfUpdates } from '../../../support/update-calls.ts';
import { it, specOf, worker } from '../lab.ts';

const versionOf = (version: number) => specOf([worker({ env: { VERSION: String(version), KEY: 'canary-91' } })]);

it('an update sent during a stuck update takes the calls of a fresh one, and only it is left', async ({ lab }) => {
  const stuck = specOf(
    [
      {
        name: 'worker',
        command: ['sh', '-c', 'echo "key is $KEY"; exec sleep 1000'],
        env: { KEY: 'canary-91' },
        health_check: { type: 'exec', command: ['false'] },
      },
    ],
    { provider_config: { start_timeout_seconds: 600, ready_wait_seconds: 1 } },
  );
  const newest = versionOf(4);
  const { alone, older, waiting, instead, status, desired } = await callsOfUpdates(lab.provider(), {
    first: versionOf(1),
    fresh: versionOf(2),
    stuck,
    newest,
  });
  expect(alone.operation.state).toBe('succeeded');
  expect(instead.operation.state).toBe('succeeded');
  expect(instead.calls).toEqual(alone.calls);
  expect(older).toMatchObject({ state: 'cancelled', error: { code: 'operation_superseded' } });
  expect(desired.spec).toEqual(newest);
  expect(status.metadata).toMatchObject({ spec_hash: desired.spec_hash });
  expect(status.metadata).not.toHaveProperty('pending_spec_hash');
  expect(await lab.processesOf()).toEqual([await lab.pidOf('worker')]);

  const { pending_message, pending_until } = waiting.metadata;
  expect(pending_message).toMatch(/^worker is starting \(health check: .*\)\nlast output of worker:\nkey is /);
  expect(pending_message).not.toContain('canary-91');
  const left = Date.parse(pending_until ?? '') - Date.now();
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(600_000);
});
