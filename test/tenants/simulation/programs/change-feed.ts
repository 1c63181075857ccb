import type { Logger } from '../../../../src/compute/logger.ts';
import { announceChanges } from '../../../../src/events/announce-changes.ts';
import { Publisher, type PutEntries } from '../../../../src/events/publisher.ts';
import type { Announcement } from '../../../../src/tenants/model/announcing.ts';
import type { Call } from '../environment/faults.ts';
import { Process } from '../environment/process.ts';
import type { Simulation } from '../environment/simulation.ts';

const DELIVERED_AFTER_MS = 10;
const AGAIN_AFTER_MS = 1_000;
const RESTART_AFTER_MS = 1_000;

/** Announces ended operations from the table's change stream, in a process of its own that restarts when it was killed. */
export function startChangeFeed(simulation: Simulation, logger: Logger): void {
  const process = new Process(simulation);
  void feed(simulation, process, logger);
  void process.died.then(() => simulation.timeline.after(RESTART_AFTER_MS, () => startChangeFeed(simulation, logger)));
}

/** Unacknowledged changes are delivered again; a change whose announcement failed is not acknowledged. */
async function feed(simulation: Simulation, process: Process, logger: Logger): Promise<never> {
  const { stream, sabotage, random } = simulation;
  const honest = wirePut(simulation, process);
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
      for (const { after } of batch) simulation.ledger.sawAcknowledgement(after?.sk ?? '');
    });
    if (failed.size > 0) await process.clock.sleep(AGAIN_AFTER_MS);
  }
}

function wirePut(simulation: Simulation, process: Process): PutEntries {
  return (entries) => {
    const announcements = entries.map(
      ({ DetailType, Detail }) => ({ detail_type: DetailType, detail: JSON.parse(Detail) }) as Announcement,
    );
    const [{ metadata, data } = { metadata: undefined, data: undefined }] = announcements.map(({ detail }) => detail);
    const call: Call = {
      to: 'consumer',
      what: 'announce',
      tenant: data && tenantIn(data),
      label: `announce ${metadata?.operation_id}`,
    };
    return process.request(call, async () => {
      simulation.announced.push(...announcements);
      for (const { detail } of announcements) simulation.ledger.sawAnnouncement(tenantIn(detail.data) ?? '');
      return announcements.map(({ detail }) => ({ EventId: detail.metadata.event_id }));
    });
  };
}

function tenantIn(data: Announcement['detail']['data']): string | undefined {
  return 'tenant_id' in data ? data.tenant_id : undefined;
}
