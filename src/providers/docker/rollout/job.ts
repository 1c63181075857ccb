import type { Trouble } from '../engine/trouble.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Wanted } from './decide.ts';
import { readWorld, type EngineState } from './engine-state.ts';
import type { RolloutRecord, TenantRecord } from './record.ts';

/** One host's work on one rollout. What it remembers is about its own waiting, and lost without harm. */
export interface Job {
  site: ProviderContext;
  wanted: Wanted;
  rolloutId: string;
  /** `performance.now()` from when on containers may take `start_timeout_seconds`. */
  since: number;
  /** When each run of a container was first seen, by container and start. */
  firstSeen: Map<string, number>;
  /** How often a port that was chosen turned out to be taken. */
  portRetries: number;
  /** What went wrong, in more detail than the record keeps. */
  trouble: Trouble | undefined;
}

/** A world with a record in it. */
export type Held = EngineState & { stored: NonNullable<EngineState['stored']> };

/** For how long a host answers for a rollout. It says so again before, so that all can tell whether anybody is at work. */
export const ATTENDED_MS = 30_000;

export function createJob(site: ProviderContext, wanted: Wanted, rolloutId: string): Job {
  const since = performance.now();
  return { site, wanted, rolloutId, since, firstSeen: new Map(), portRetries: 0, trouble: undefined };
}

export function look({ site, wanted }: Pick<Job, 'site' | 'wanted'>): Promise<EngineState> {
  return readWorld(site.engine, site.store, site.provider, wanted.spec.tenant_id);
}

/** The world with the record of this job's rollout in it; undefined where that is over, or another's turn. */
export function heldBy({ rolloutId }: Job, world: EngineState): (Held & { rollout: RolloutRecord }) | undefined {
  const { stored } = world;
  const rollout = stored?.record.rollout;
  if (!stored || stored.record.destroying || rollout?.id !== rolloutId) return undefined;
  return { ...world, stored, rollout };
}

/** Writes the next record. Throws `RecordChangedError` where somebody else did. */
export async function write({ site, wanted }: Job, world: Held, changes: Partial<TenantRecord>): Promise<Held> {
  const { record, labels } = world.stored;
  const stored = await site.store.write(wanted.names, world.stored, { ...record, ...changes }, labels);
  return { ...world, stored };
}

/** Says, in good time, that somebody is still at work; or, with 0, that nobody is any more. */
export async function attend(job: Job, world: Held & { rollout: RolloutRecord }, forMs = ATTENDED_MS): Promise<Held> {
  const now = Date.now();
  if (forMs > 0 && world.rollout.attended_until - now > forMs / 2) return world;
  return write(job, world, { rollout: { ...world.rollout, attended_until: now + forMs } });
}

export function fieldsOf({ site, wanted }: Pick<Job, 'site' | 'wanted'>): Record<string, unknown> {
  return { component: 'docker-provider', provider: site.provider, tenant_id: wanted.spec.tenant_id };
}
