import * as z from 'zod';

const Time = z.number().describe('Milliseconds since the epoch, by the clock of a host of Berth');

/** One container of a version: with the tenant's names it names the engine's container. */
export const Instance = z.object({ container: z.string(), number: z.int(), digest: z.string() });
export type Instance = z.infer<typeof Instance>;

/** A specification as it is (or is to be) on the engine. */
export const Version = z.object({
  spec_hash: z.string(),
  /** The specification with hashes for its values: enough to tell later what changed, and nothing to read. */
  sketch: z.record(z.string(), z.unknown()),
  instances: z.array(Instance),
});
export type Version = z.infer<typeof Version>;

export const RolloutRecord = Version.extend({
  id: z.string(),
  /** `starting`, then `switched` or `failed`; either is over when what has to go is gone. */
  state: z.enum(['starting', 'switched', 'failed']),
  changes: z.array(z.string()),
  /** Some host is at work on it until then, and says so again before. */
  attended_until: Time,
  /** Of a failed one. */
  failure: z.string().optional(),
  troubles: z.record(z.string(), z.string()).optional(),
});
export type RolloutRecord = z.infer<typeof RolloutRecord>;

/**
 * All that is known of a tenant besides its containers and its network. There is no env value in it, nor anything else
 * that a specification says: whoever goes on with a rollout brings the specification along.
 */
export const TenantRecord = z.object({
  provisioned_at: Time,
  updated_at: Time,
  /** What serves. */
  serving: Version.optional(),
  /** What is under way. */
  rollout: RolloutRecord.optional(),
  /** What did not come up last, and why. */
  failure: z
    .object({ spec_hash: z.string(), message: z.string(), troubles: z.record(z.string(), z.string()) })
    .optional(),
  /** Names of serving containers that were stopped because a rollout needs their ports. */
  displaced: z.array(z.string()).default([]),
  destroying: z.boolean().default(false),
});
export type TenantRecord = z.infer<typeof TenantRecord>;

/** Whether two entries mean the same container of the engine. */
export function isSame(one: Instance, other: Instance): boolean {
  return one.container === other.container && one.number === other.number;
}

/** The instances that have a right to be: all others are to go. */
export function wantedInstances({ serving, rollout }: TenantRecord): Instance[] {
  const coming = rollout && rollout.state !== 'failed' ? rollout.instances : [];
  return [...(serving?.instances ?? []), ...coming];
}

/** Whether a host is at work on a rollout. */
export function isAttended(record: TenantRecord, now = Date.now()): boolean {
  return record.rollout !== undefined && record.rollout.attended_until > now;
}
