import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../compute/errors.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Wanted } from './decide.ts';
import { drive, type RolloutResult } from './drive.ts';
import { createJob, fieldsOf } from './job.ts';
import type { RolloutRecord } from './record.ts';

/**
 * Goes on with a rollout, and waits for its outcome for `ready_wait_seconds`; undefined where it takes longer. The work goes
 * on all the same, for as long as this process does.
 */
export async function workOn(site: ProviderContext, wanted: Wanted, rollout: RolloutRecord): Promise<RolloutResult | undefined> {
  const job = site.jobs.get(rollout.id) ?? startJob(site, wanted, rollout);
  const waited = new AbortController();
  const { ready_wait_seconds: seconds } = wanted.config;
  try {
    return await Promise.race([job, sleep(seconds * 1000, undefined, { signal: waited.signal })]);
  } finally {
    waited.abort();
  }
}

function startJob(site: ProviderContext, wanted: Wanted, { id }: RolloutRecord): Promise<RolloutResult> {
  const job = drive(createJob(site, wanted, id)).finally(() => site.jobs.delete(id));
  site.jobs.set(id, job);
  // Whoever waits hears of it too; where nobody does any more, this is the only place.
  job.catch((error: unknown) => {
    site.logger.warn('rollout interrupted', { ...fieldsOf({ site, wanted }), error: messageOf(error) });
  });
  return job;
}
