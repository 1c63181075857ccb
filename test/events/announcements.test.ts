import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { announceChanges } from '../../src/events/announce-changes.ts';
import { MAX_ENTRY_BYTES } from '../../src/events/entry.ts';
import { Publisher } from '../../src/events/publisher.ts';
import { announcementDetails } from '../../src/tenants/model/announcement.ts';
import { type Announcement, announcementOf, announcementsOf, fitted } from '../../src/tenants/model/announcing.ts';
import { Tenant } from '../../src/tenants/model/tenant.ts';
import { readTenant } from '../../src/tenants/store/read-item.ts';
import { createTestBus } from '../functions/deliver.ts';
import { createCapturedLogger } from '../support/captured-logger.ts';
import { simulatedChanges } from './changes.ts';

const outcomes: Record<string, string> = {
  succeeded: 'Provisioned Updated Destroyed Stopped Started Restarted',
  failed: 'Failed',
  cancelled: 'Failed',
};

describe('the announcements of a simulated installation', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('cover every operation that ended, once (seed %i)', async (seed) => {
    const { changes, operations } = await simulatedChanges(seed);
    const announcements: Announcement[] = [];
    for (const { before, after } of changes) {
      announcements.push(...announcementsOf(before && (await readTenant(before)), after && (await readTenant(after))));
    }
    const ids = announcements.map(({ detail }) => detail.metadata.event_id);
    expect(new Set(ids).size).toBe(ids.length);
    const ofOperations = announcements.filter(({ detail }) => detail.metadata.operation_id !== undefined);
    expect(ofOperations.length).toBe(operations);
    const latest = new Map(
      changes.flatMap(({ after }) => {
        const { operation, outbox } = Tenant.parse(JSON.parse(after?.data ?? ''));
        return [operation, ...outbox].map((one) => [one.operation_id, one] as const);
      }),
    );
    for (const { detail_type, detail } of announcements) {
      expect(announcementDetails[detail_type].parse(detail)).toEqual(detail);
    }
    for (const { detail_type, detail } of ofOperations) {
      const { state } = latest.get(detail.metadata.operation_id ?? '') ?? {};
      expect(outcomes[state ?? '']).toContain(detail_type.split(' ').at(-1));
    }
  });

  test('have stable event_ids, for any batches and repetitions of the stream and refusals of the bus', async () => {
    const { changes, operations } = await simulatedChanges(42);
    const delivery = fc.record({
      cuts: fc.infiniteStream(fc.integer({ min: 1, max: 12 })),
      repeats: fc.infiniteStream(fc.integer({ min: 1, max: 3 })),
      refusals: fc.infiniteStream(fc.constantFrom(undefined, undefined, 'ThrottlingException')),
    });
    await fc.assert(
      fc.asyncProperty(delivery, async ({ cuts, repeats, refusals }) => {
        const bus = createTestBus(() => refusals.next().value);
        const logger = createCapturedLogger();
        const publisher = new Publisher({ put: bus.put, logger, sleep: async () => undefined });
        for (let from = 0; from < changes.length; ) {
          const size = cuts.next().value;
          for (let times = repeats.next().value; times > 0; times -= 1) {
            let left = changes.slice(from, from + size);
            while (left.length > 0) left = await announceChanges(left, { publisher, logger });
          }
          from += size;
        }
        const byId = Map.groupBy(bus.announced(), ({ detail }) => detail.metadata.event_id);
        expect([...byId.keys()].filter((id) => !id.includes('.health.'))).toHaveLength(operations);
        for (const [first, ...repetitions] of byId.values()) {
          for (const repetition of repetitions) expect(repetition).toEqual(first);
        }
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });
});

/** A tenant whose operation has ended. */
async function endedTenant(): Promise<Tenant> {
  const { changes } = await simulatedChanges(1);
  const tenants = changes.map(({ after }) => Tenant.parse(JSON.parse(after?.data ?? '')));
  const ended = tenants.find(({ operation }) => operation.state === 'succeeded' && operation.type === 'provision');
  if (!ended) throw new Error('no operation of seed 1 has succeeded');
  return ended;
}

test('a repeated write and a deleted item announce nothing; an unseen item announces its operation', async () => {
  const tenant = await endedTenant();
  expect(announcementsOf(tenant, tenant)).toEqual([]);
  expect(announcementsOf(tenant, undefined)).toEqual([]);
  expect(announcementsOf(undefined, undefined)).toEqual([]);
  expect(announcementsOf(undefined, tenant)).toHaveLength(1);
});

test('an operation in the outbox and in its tenant is announced once', async () => {
  const tenant = await endedTenant();
  expect(announcementsOf(undefined, { ...tenant, outbox: [tenant.operation] })).toHaveLength(1);
  expect(announcementsOf({ ...tenant, outbox: [tenant.operation] }, tenant)).toEqual([]);
});

test('an announcement of any content fits the bus, and is marked if it was truncated', async () => {
  const tenant = await endedTenant();
  // The most bytes for each character: escapes of six, characters of four.
  const unit = fc.constantFrom('a', '"', '\0', 'é', '\ud800', '😀');
  const long = fc.tuple(unit, fc.constantFrom(0, 20, 300, 5_000)).map(([text, times]) => text.repeat(times));
  const many = { maxLength: 60, size: 'max' as const };
  const issue = fc.record({ pointer: long, message: long });
  const error = fc.record({ message: long, hint: long, issues: fc.array(issue, many) });
  const seen = new Set<boolean>();
  const property = fc.property(error, fc.array(long, many), ({ message, hint, issues }, changes) => {
    const failure = { code: 'invalid_spec' as const, fault: 'caller' as const, retryable: false, usable: false };
    const failed = { ...tenant.operation, state: 'failed' as const, error: { ...failure, message, hint, issues } };
    const { tenant_id, provider_type, updated_at } = tenant;
    const result = { tenant_id, provider_type, status: 'success' as const, changes, message, updated_at };
    const updated = { ...tenant.operation, type: 'update' as const, result };
    for (const [operation, whole] of [
      [failed, [message, hint, issues]],
      [updated, changes],
    ] as const) {
      const announcement = announcementOf(operation, tenant);
      const text = JSON.stringify(announcement.detail);
      expect(Buffer.byteLength(text)).toBeLessThan(MAX_ENTRY_BYTES - 1024);
      const { metadata, data } = announcementDetails[announcement.detail_type].parse(JSON.parse(text));
      const told =
        'error' in data ? [data.error.message, data.error.hint, data.error.issues] : 'changes' in data && data.changes;
      const isWhole = JSON.stringify(told) === JSON.stringify(whole);
      expect(metadata.truncated === undefined).toBe(isWhole);
      expect(fitted(announcement).detail).toBe(announcement.detail);
      seen.add(isWhole);
    }
  });
  fc.assert(property, { numRuns: 30, endOnFailure: true });
  expect(seen.size).toBe(2);
});

describe('the publisher', () => {
  const announce = (count: number, bytes = 10): Announcement[] =>
    Array.from({ length: count }, (_, index) => ({
      detail_type: 'Tenant Provisioned',
      detail: {
        metadata: {
          event_id: `e${index}`,
          schema_version: '1',
          actor: 'x'.repeat(bytes),
          occurred_at: '2026-11-25T12:00:00Z',
        },
        data: { tenant_id: 'acme', provider_type: 'memory', endpoints: [] },
      },
    }));

  function publisherOn(bus: ReturnType<typeof createTestBus>) {
    const logger = createCapturedLogger();
    const pauses: number[] = [];
    const sleep = async (ms: number) => void pauses.push(ms);
    return { publisher: new Publisher({ put: bus.put, logger, sleep, random: () => 1 }), logger, pauses };
  }

  test('puts at most ten entries and 240 KB in one call', async () => {
    const bus = createTestBus();
    expect(await publisherOn(bus).publisher.publish(announce(25))).toEqual([]);
    expect(bus.calls.map((call) => call.length)).toEqual([10, 10, 5]);
    const large = createTestBus();
    await publisherOn(large).publisher.publish(announce(5, 100 * 1024));
    expect(large.calls.map((call) => call.length)).toEqual([2, 2, 1]);
    expect(bus.entries[0]).toMatchObject({ Source: 'berth', Time: new Date('2026-11-25T12:00:00Z') });
  });

  test('retries only the entries that the bus did not take, after growing pauses', async () => {
    const bus = createTestBus(({ Detail }, call) =>
      call < 3 && Detail.includes('"e1"') ? 'InternalFailure' : undefined,
    );
    const { publisher, pauses } = publisherOn(bus);
    expect(await publisher.publish(announce(3))).toEqual([]);
    expect(bus.calls.map((call) => call.length)).toEqual([3, 1, 1]);
    expect(pauses).toEqual([100, 200]);
  });

  test('returns and logs the announcements that the bus never takes', async () => {
    const refusing = createTestBus(({ Detail }) => (Detail.includes('"e1"') ? 'ThrottlingException' : undefined));
    const { publisher, logger } = publisherOn(refusing);
    const lost = await publisher.publish(announce(3));
    expect(lost.map(({ detail }) => detail.metadata.event_id)).toEqual(['e1']);
    expect(refusing.calls).toHaveLength(4);
    const fields = { component: 'publisher', event_id: 'e1', code: 'ThrottlingException', tenant_id: 'acme' };
    expect(logger.entries).toEqual([{ level: 'error', message: 'announcement failed', fields }]);
  });

  test('does not retry a permanent error', async () => {
    const bus = createTestBus(() => 'NotAuthorizedForSourceException');
    expect(await publisherOn(bus).publisher.publish(announce(2))).toHaveLength(2);
    expect(bus.calls).toHaveLength(1);
  });

  test('returns all announcements if the bus is missing', async () => {
    const logger = createCapturedLogger();
    const put = () => Promise.reject(new Error('no such bus'));
    const publisher = new Publisher({ put, logger, sleep: async () => undefined });
    expect(await publisher.publish(announce(12))).toHaveLength(12);
    await expect(publisher.publishOne(announce(1)[0] as Announcement)).rejects.toThrow('the bus did not take e0');
  });
});
