import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memorySpec } from '../../../functions/invoke.ts';
import { run, untilListening } from '../child.ts';
import { temporaryDirectory } from '../fixture.ts';
import { request, subscribe } from './events.ts';

const env = { BERTH_PROVIDERS: '{"memory":{"type":"memory","latency_ms":3}}' };

test('whatever was taken is served and announced once, through kills of the host', async () => {
  const rounds = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 2 });
  await fc.assert(fc.asyncProperty(rounds, survive), { numRuns: 1, endOnFailure: true });
}, 60_000);

/** Kills a host as often as there are numbers, each time after so many calls were answered and more are under way. */
async function survive(rounds: readonly number[]): Promise<void> {
  const dataDir = temporaryDirectory();
  const taken = new Set<string>();
  let tenants = 0;
  for (const calls of rounds) {
    const child = run('main.ts', { env, args: ['--port', '0', '--data-dir', dataDir] });
    const url = await untilListening(child);
    const put = async () => {
      const specs = Array.from({ length: 5 }, (_, index) => memorySpec({ tenant_id: `t${tenants + index}` }));
      tenants += specs.length;
      for (const id of await request(url, 'Provision', ...specs)) taken.add(id);
    };
    for (let call = 0; call < calls; call += 1) await put();
    const lost = put().catch(() => undefined); // nobody knows whether these are taken
    child.process.kill('SIGKILL');
    await child.ended;
    await lost;
  }
  const child = run('main.ts', { env, args: ['--port', '0', '--data-dir', dataDir] });
  const url = await untilListening(child);
  const announcements = await subscribe(url, { lastEventId: '0' });
  // What comes after everything else, to be sure that nothing more will.
  for (const id of await request(url, 'Provision', memorySpec({ tenant_id: 'last' }))) taken.add(id);
  const told = new Map<string, string[]>();
  while ([...taken].some((id) => !told.has(id))) {
    const { id, type, event } = await announcements.next();
    const { metadata } = event.detail as { metadata: { request_id?: string } };
    const request_id = metadata.request_id ?? '';
    if (taken.has(request_id)) told.set(request_id, [...(told.get(request_id) ?? []), `${type} ${id}`]);
  }
  child.process.kill('SIGTERM');
  await child.ended;
  const outcomes = [...told.values()];
  expect(outcomes.filter((each) => each.length > 1)).toEqual([]);
  expect(outcomes.flat().filter((each) => !each.startsWith('Tenant Provisioned'))).toEqual([]);
}
