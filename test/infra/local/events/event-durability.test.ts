import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memorySpec } from '../../../functions/invoke.ts';
import { run, untilListening } from '../child.ts';
import { temporaryDirectory } from '../fixture.ts';
import { request, subscribe } from './events.ts';

const env = { BERTH_PROVIDERS: '{"memory":{"type":"memory","latency_ms":3}}' };

test('every accepted request is served and announced once, through kills of the host', async () => {
  const rounds = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 2 });
  await fc.assert(fc.asyncProperty(rounds, survive), { numRuns: 1, endOnFailure: true });
}, 60_000);

/** Kills a host once for each number, after so many accepted calls and with another one under way. */
async function survive(rounds: readonly number[]): Promise<void> {
  const dataDir = temporaryDirectory();
  const accepted = new Set<string>();
  let tenants = 0;
  for (const calls of rounds) {
    const child = run('main.ts', { env, args: ['--port', '0', '--data-dir', dataDir] });
    const url = await untilListening(child);
    const put = async () => {
      const specs = Array.from({ length: 5 }, (_, index) => memorySpec({ tenant_id: `t${tenants + index}` }));
      tenants += specs.length;
      for (const id of await request(url, 'Provision', ...specs)) accepted.add(id);
    };
    for (let call = 0; call < calls; call += 1) await put();
    const lost = put().catch(() => undefined); // these may or may not be accepted
    child.process.kill('SIGKILL');
    await child.ended;
    await lost;
  }
  const child = run('main.ts', { env, args: ['--port', '0', '--data-dir', dataDir] });
  const url = await untilListening(child);
  const announcements = await subscribe(url, { lastEventId: '0' });
  // The last request: after its announcement no other is due.
  for (const id of await request(url, 'Provision', memorySpec({ tenant_id: 'last' }))) accepted.add(id);
  const announced = new Map<string, string[]>();
  while ([...accepted].some((id) => !announced.has(id))) {
    const { id, type, event } = await announcements.next();
    const { metadata } = event.detail as { metadata: { request_id?: string } };
    const request_id = metadata.request_id ?? '';
    if (accepted.has(request_id)) announced.set(request_id, [...(announced.get(request_id) ?? []), `${type} ${id}`]);
  }
  child.process.kill('SIGTERM');
  await child.ended;
  const outcomes = [...announced.values()];
  expect(outcomes.filter((each) => each.length > 1)).toEqual([]);
  expect(outcomes.flat().filter((each) => !each.startsWith('Tenant Provisioned'))).toEqual([]);
}
