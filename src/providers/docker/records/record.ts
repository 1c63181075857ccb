import * as z from 'zod';

const Time = z.number().describe('Milliseconds since the epoch, by the clock of the Berth host that wrote it');

/** Identifies one container of a version. `names.container(container, number)` is its name on the engine. */
export const Instance = z.object({
  container: z.string(),
  number: z.int(),
  digest: z.string(),
  /** True for a container that runs once and was seen to end with code 0. It never starts again. */
  completed: z.boolean().optional(),
});
export type Instance = z.infer<typeof Instance>;

/** A specification as it runs, or is to run, on the engine. */
export const Version = z.object({
  spec_hash: z.string(),
  /** The spec fingerprint: hashes in place of values. It tells which fields changed, and reveals none of them. */
  sketch: z.record(z.string(), z.unknown()),
  instances: z.array(Instance),
  /** The id of the restart that made the instances. */
  restart: z.string().optional(),
  /** The volumes that it mounts. Versions without any, and those of older records, have none. */
  volumes: z.array(z.string()).optional(),
});
export type Version = z.infer<typeof Version>;

export const RolloutRecord = Version.extend({
  id: z.string(),
  /** `starting`, then `switched` or `failed`. Both end with the removal of leftovers, which closes the rollout. */
  state: z.enum(['starting', 'switched', 'failed']),
  changes: z.array(z.string()),
  /** The heartbeat: a host works on the rollout until then, and moves the time forward while it does. */
  attended_until: Time,
  /** How long its containers may take to get ready. Records of older versions do not say. */
  start_timeout_seconds: z.number().optional(),
  /** The reason of a failed rollout, as a whole and by container. */
  failure: z.string().optional(),
  troubles: z.record(z.string(), z.string()).optional(),
});
export type RolloutRecord = z.infer<typeof RolloutRecord>;

/**
 * The state of a tenant besides its containers and its network. It contains no env value and no other content of the
 * specification: a host that continues a rollout gets the specification from its caller.
 */
export const TenantRecord = z.object({
  provisioned_at: Time,
  updated_at: Time,
  serving: Version.optional(),
  /** The rollout in progress. */
  rollout: RolloutRecord.optional(),
  /** The last rollout that failed, until another one succeeds. */
  failure: z
    .object({
      spec_hash: z.string(),
      message: z.string(),
      troubles: z.record(z.string(), z.string()),
      restart: z.string().optional(),
    })
    .optional(),
  /**
   * Names of containers that were stopped and may be started again: serving ones, because a rollout needs their host ports,
   * and those of a stopped tenant that a rollout starts.
   */
  displaced: z.array(z.string()).default([]),
  /** Nothing of the tenant is to run. Its containers are kept, stopped, until a rollout starts them or replaces them. */
  stopped: z.boolean().default(false),
  destroying: z.boolean().default(false),
  /** Every volume of the tenant, and whether a destroy keeps it. A volume that is not listed is never deleted. */
  volumes: z.record(z.string(), z.boolean()).optional(),
});
export type TenantRecord = z.infer<typeof TenantRecord>;

/** How far ahead a heartbeat reaches. A host renews it when half of the time has passed. */
export const HEARTBEAT_TTL_MS = 30_000;

/** Returns true while the heartbeat of the rollout in progress has not expired. */
export function isHostActive({ rollout }: TenantRecord, now = Date.now()): boolean {
  return rollout !== undefined && rollout.attended_until > now;
}

/** Returns true where both name the same container of the engine. */
export function isSameInstance(one: Instance, other: Instance): boolean {
  return one.container === other.container && one.number === other.number;
}

export function includesInstance(instances: readonly Instance[] = [], instance: Instance): boolean {
  return instances.some((one) => isSameInstance(one, instance));
}

/** Returns the instances that must exist: the serving ones and those of a rollout. All others are removed. */
export function requiredInstances({ serving, rollout }: TenantRecord): Instance[] {
  const next = rollout && rollout.state !== 'failed' ? rollout.instances : [];
  return [...(serving?.instances ?? []), ...next];
}
