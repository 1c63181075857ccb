import fc from 'fast-check';
import { expect, test } from 'vitest';
import { handler } from '../../functions/on-tenant-requested.ts';
import { requestedAt, requesterOf } from '../../src/events/sender.ts';
import { createTestBus, deliver, envelope } from '../functions/deliver.ts';
import { memorySpec, useServices } from '../functions/invoke.ts';

test('repeated requests in any order are each answered once, and the newest destroy wins', async () => {
  const kind = fc.constantFrom('Provision', 'Update', 'Destroy');
  const plan = fc.array(fc.record({ kind, version: fc.integer({ min: 1, max: 3 }) }), { minLength: 1, maxLength: 6 });
  const order = fc.infiniteStream(fc.nat());
  const property = fc.asyncProperty(
    plan,
    order,
    fc.infiniteStream(fc.integer({ min: 1, max: 4 })),
    async (changes, picks, times) => {
      const bus = createTestBus();
      const { tenants, store } = await useServices(undefined, { bus: bus.put });
      const events = changes.map(({ kind, version }, index) => {
        const data = kind === 'Destroy' ? { tenant_id: 'acme' } : memorySpec({ labels: { version: String(version) } });
        const time = new Date(Date.now() - (100 - index) * 1000).toISOString().replace(/\.\d+/, '');
        return envelope({ 'detail-type': `Tenant ${kind} Requested`, time, detail: { data } });
      });
      const waiting = events.flatMap((event) => Array<typeof event>(times.next().value).fill(event));
      for (let deliveries = 0; waiting.length > 0; deliveries += 1) {
        expect(deliveries).toBeLessThan(500);
        const [event] = waiting.splice(picks.next().value % waiting.length, 1);
        if ((await deliver(handler, [event])).length > 0 && event) waiting.push(event);
      }
      const history = await store.latestHistory('acme', 100);
      const { tenant } = await store.getTenant('acme');
      const operations = [...history.map(({ operation }) => operation), ...(tenant ? [tenant.operation] : [])];
      const distinct = new Map(operations.map((operation) => [operation.operation_id, operation]));
      for (const { id } of events) {
        const own = [...distinct.values()].filter(({ request_id }) => request_id === id);
        const announced = new Set(
          bus
            .announced()
            .map(({ detail }) => detail.metadata)
            .filter(({ request_id }) => request_id === id)
            .map(({ event_id }) => event_id),
        );
        expect(own.length).toBeLessThanOrEqual(1);
        expect(own.length + announced.size).toBeGreaterThanOrEqual(1);
        expect(announced.size).toBeLessThanOrEqual(1);
      }
      expect([...distinct.values()].every(({ state }) => state === 'succeeded')).toBe(true);
      if (changes.at(-1)?.kind === 'Destroy')
        await expect(
          tenants.get('acme').then(
            ({ phase }) => phase,
            () => 'destroyed',
          ),
        ).resolves.toBe('destroyed');
    },
  );
  await fc.assert(property, { numRuns: 60, endOnFailure: true });
}, 60_000);

test('an event counts as sent at the end of its second, but not after its arrival', () => {
  const arrived = Date.parse('2026-11-25T12:00:05.250Z');
  expect(requestedAt('2026-11-25T12:00:05Z', arrived)).toBe('2026-11-25T12:00:05.999Z');
  expect(requestedAt('2026-11-25T11:00:00Z', arrived)).toBe('2026-11-25T11:00:00.999Z');
  expect(requestedAt('2026-11-25T13:00:00+01:00', arrived)).toBe('2026-11-25T12:00:00.999Z');
  expect(requestedAt('2099-01-01T00:00:00Z', arrived)).toBe('2026-11-25T12:00:05.999Z');
});

test('different senders have different names, and none has that of an HTTP caller', () => {
  const sender = fc.record({
    account: fc.constantFrom('111122223333', '444455556666'),
    source: fc.string({ unit: fc.constantFrom('a', '/', '%', ':', '2', 'F', '\ud800') }),
    actor: fc.option(fc.string({ unit: fc.constantFrom('a', '/', '%', ':', '2', 'F') }), { nil: undefined }),
  });
  const nameOf = ({ account, source, actor }: { account: string; source: string; actor: string | undefined }) =>
    requesterOf({ ...envelopeOf, account, source }, actor);
  const envelopeOf = { id: 'x', 'detail-type': '', time: '2026-11-25T12:00:00Z', resources: [], detail: {} };
  fc.assert(
    fc.property(sender, sender, (one, other) => {
      const isSame =
        JSON.stringify([one.account, one.source.toWellFormed(), one.actor]) ===
        JSON.stringify([other.account, other.source.toWellFormed(), other.actor]);
      expect(nameOf(one) === nameOf(other)).toBe(isSame);
      expect(nameOf(one)).toMatch(/^event:[0-9]{12}\/[\x21-\x7e]*$/);
    }),
    { numRuns: 300 },
  );
});
