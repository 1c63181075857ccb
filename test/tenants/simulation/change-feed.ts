import type { Logger } from '../../../src/compute/logger.ts';
import { announceChanges } from '../../../src/events/announce-changes.ts';
import { Publisher, type PutEntries } from '../../../src/events/publisher.ts';
import type { Announcement } from '../../../src/tenants/model/announcing.ts';
import type { Call } from './faults.ts';
import { Process } from './process.ts';
import type { World } from './world.ts';

const DELIVERED_AFTER_MS = 10;
const AGAIN_AFTER_MS = 1_000;
const RESTART_AFTER_MS = 1_000;

/** Announces what ended, from the change stream of the table, in a process of its own that is started again whenever it was killed. */
export function startChangeFeed(world: World, logger: Logger): void {
  const process = new Process(world);
  void feed(world, process, logger);
  void process.died.then(() => world.timeline.after(RESTART_AFTER_MS, () => startChangeFeed(world, logger)));
}

/** What is not acknowledged comes again, and what cannot be announced is not acknowledged. */
async function feed(world: World, process: Process, logger: Logger): Promise<never> {
  const { stream, sabotage, random } = world;
  const honest = wirePut(world, process);
  const publisher = new Publisher({
    put: sabotage?.put?.(honest) ?? honest,
    logger,
    sleep: (ms) => process.clock.sleep(ms),
    random: () => random.next(),
  });
  for (;;) {
    await stream.arrival();
    await process.clock.sleep(DELIVERED_AFTER_MS);
    const batch = [...stream.changes];
    const failed = new Set(await announceChanges(batch, { publisher, logger }));
    const [tenant = ''] = batch.map(({ after, before }) => (after ?? before)?.sk);
    const call: Call = { to: 'stream', what: 'acknowledge', tenant, label: `acknowledge ${batch.length} changes` };
    await process.request(call, async () => {
      stream.acknowledge(batch.filter((change) => !failed.has(change)));
      for (const { after } of batch) world.ledger.sawAcknowledgement(after?.sk ?? '');
    });
    if (failed.size > 0) await process.clock.sleep(AGAIN_AFTER_MS);
  }
}

function wirePut(world: World, process: Process): PutEntries {
  return (entries) => {
    const announcements = entries.map(
      ({ DetailType, Detail }) => ({ detail_type: DetailType, detail: JSON.parse(Detail) }) as Announcement,
    );
    const [{ metadata, data } = { metadata: undefined, data: undefined }] = announcements.map(({ detail }) => detail);
    const call: Call = {
      to: 'listener',
      what: 'announce',
      tenant: data?.tenant_id,
      label: `announce ${metadata?.operation_id}`,
    };
    return process.request(call, async () => {
      world.announced.push(...announcements);
      for (const { detail } of announcements) world.ledger.sawAnnouncement(detail.data.tenant_id ?? '');
      return announcements.map(({ detail }) => ({ EventId: detail.metadata.event_id }));
    });
  };
}
