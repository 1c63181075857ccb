import { expect, test } from 'vitest';
import { ProviderFailedError } from '../../../src/compute/errors.ts';
import { createDockerProvider } from '../../../src/providers/docker/provider.ts';
import { refusal } from '../../conformance/expectations.ts';
import { openLoopback } from '../../support/loopback.ts';
import { aSpec } from '../../support/specs.ts';

test('every call to an unreachable engine fails with the cause and a hint', async () => {
  const provider = createDockerProvider({ name: 'edge', defaults: { endpoint: 'unix:///nonexistent/engine.sock' } });
  const calls = [() => provider.provision(aSpec()), () => provider.getStatus('acme'), () => provider.destroy('acme')];
  for (const call of calls) {
    const error = await refusal(call(), ProviderFailedError);
    expect(error.message).toContain('the Docker engine of edge cannot be reached: there is no socket at its endpoint');
    expect(error).toMatchObject({ retryable: true, hint: expect.stringContaining('Start the engine') });
  }
});

test('an endpoint without a listener is reported as such', async () => {
  const { address, close } = await openLoopback(() => undefined);
  await close();
  const provider = createDockerProvider({ name: 'edge', defaults: { endpoint: `tcp://${address}` } });
  const error = await refusal(provider.getStatus('acme'), ProviderFailedError);
  expect(error.message).toContain('nothing listens at its endpoint');
});
