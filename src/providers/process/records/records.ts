import * as z from 'zod';
import { TenantComputeSpec } from '../../../compute/spec/spec.ts';

const Milliseconds = z.number().describe('Since the epoch');

/** A port that a container has on this machine. */
export const AssignedPort = z.object({
  container_port: z.int(),
  host_port: z.int(),
  protocol: z.enum(['tcp', 'udp']),
  name: z.string().optional(),
  /** False for a port that only the health check names: probed, but no endpoint. */
  published: z.boolean(),
});
export type AssignedPort = z.infer<typeof AssignedPort>;

/**
 * One run of a container. `run_id` is on disk before the process exists, and in the environment of the process; pid and
 * start time follow. Where they are missing, a host died between the two, and the process table is asked for the run id.
 */
export const Run = z.object({
  run_id: z.string(),
  spawned_at: Milliseconds,
  pid: z.int().optional(),
  /** Together with the pid it names a process for good: pids are used again. */
  start_time: z.string().optional(),
  /** Whether this run was ready at any time. */
  was_ready: z.boolean().default(false),
});
export type Run = z.infer<typeof Run>;

/** A container of one version of a tenant. It keeps its ports and its log from run to run of its process. */
export const Instance = z.object({
  id: z.string(),
  container: z.string(),
  /** Of all that the process would notice. An update leaves instances with an equal digest running. */
  digest: z.string(),
  ports: z.array(AssignedPort),
  run: Run.optional(),
  /** What the last health checks of this run said; without a health check, that it stays alive. */
  ready: z.boolean().default(false),
  /** Whether any of its runs was. */
  was_ready: z.boolean().default(false),
  restart_count: z.int().default(0),
  restart_delay_ms: z.number().optional(),
  next_start_at: Milliseconds.optional(),
  /** How the last run ended, such as `exited with code 1`. */
  last_exit: z.string().optional(),
  health_error: z.string().optional(),
  /** Why a process cannot be started at all. */
  start_error: z.string().optional(),
});
export type Instance = z.infer<typeof Instance>;

/** A run that has to go, with all its descendants. */
export const Stopping = z.object({
  instance_id: z.string(),
  run: Run,
  ports: z.array(AssignedPort),
  grace_ms: z.number(),
  term_at: Milliseconds.optional(),
});
export type Stopping = z.infer<typeof Stopping>;

/** An update under way: `instances` are those of the containers that are new or changed. */
export const RolloutRecord = z.object({
  spec: TenantComputeSpec,
  spec_hash: z.string(),
  changes: z.array(z.string()),
  begun_at: Milliseconds,
  instances: z.array(Instance),
});
export type RolloutRecord = z.infer<typeof RolloutRecord>;

/**
 * Everything there is to know of a tenant besides the process table. It holds the specification, `env` included, so its
 * file is for its owner alone; secrets are in it as references only.
 */
export const TenantRecord = z.object({
  version: z.literal(1),
  tenant_id: z.string(),
  /** `starting` until all containers were ready once; `failed` where that did not come about: then nothing runs. */
  phase: z.enum(['starting', 'serving', 'failed', 'destroying']),
  spec: TenantComputeSpec,
  spec_hash: z.string(),
  begun_at: Milliseconds,
  provisioned_at: Milliseconds,
  updated_at: Milliseconds,
  instances: z.array(Instance),
  rollout: RolloutRecord.optional(),
  stopping: z.array(Stopping),
  /** The last specification that did not come up, and why. */
  failure: z.object({ spec_hash: z.string(), message: z.string() }).optional(),
});
export type TenantRecord = z.infer<typeof TenantRecord>;

/** All instances, of the version that serves and of the one that is coming. */
export function instancesOf(record: TenantRecord): Instance[] {
  return [...record.instances, ...(record.rollout?.instances ?? [])];
}

/** Every run that the record knows of. */
export function runsOf(record: TenantRecord): Run[] {
  return [...instancesOf(record).flatMap(({ run }) => run ?? []), ...record.stopping.map(({ run }) => run)];
}
