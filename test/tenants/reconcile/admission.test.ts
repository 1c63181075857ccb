import { expect, test } from 'vitest';
import { admit } from '../../../src/tenants/reconcile/admission.ts';
import type { Work } from '../../../src/tenants/reconcile/work.ts';
import { aReadyTenant } from '../../support/tenants.ts';

const DAY_MS = 24 * 3_600_000;

test('a clock that steps back after a slot was granted does not turn the wait into a day', async () => {
  let now = Date.parse('2026-01-02T00:00:00Z');
  const waits: number[] = [];
  const slot = { at: now + 500, number: 7 };
  const work = {
    lease: { tenant: aReadyTenant({ id: 'acme' }), signal: new AbortController().signal },
    manager: { backendOf: () => 'backend' },
    rateLimiter: {
      async slotWithin() {
        now -= DAY_MS;
        return slot;
      },
    },
    clock: {
      now: () => now,
      async sleep(ms: number) {
        waits.push(ms);
      },
    },
    signal: undefined,
  } as unknown as Work;
  expect(await admit(work, { firstTry: false })).toEqual(slot);
  expect(waits).toEqual([1000]);
});
