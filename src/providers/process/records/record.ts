import * as z from 'zod';
import { RecordedSpec } from '../../../compute/spec/spec.ts';

/** A time of the steady clock (`steady-clock.ts`), and so no date. Where it lies in the future, it counts as now. */
const SteadyTime = z.number();

/** Milliseconds since the epoch, for people. */
const Milliseconds = z.number();

/** A port of this machine that is assigned to a container. */
export const AssignedPort = z.object({
  container_port: z.int(),
  host_port: z.int(),
  protocol: z.enum(['tcp', 'udp']),
  name: z.string().optional(),
  /** False for a port that only the health check names: it is probed, and is no endpoint. */
  published: z.boolean(),
});
export type AssignedPort = z.infer<typeof AssignedPort>;

/**
 * One run of a container's process. `run_id` is written to disk before the process starts, and is in its environment.
 * A run without `pid` belongs to a host that died between the two; the process table then has the pid, by the run id.
 */
export const Run = z.object({
  run_id: z.string(),
  spawned_at: SteadyTime,
  pid: z.int().optional(),
  /** Identifies a process together with the pid, because the system reuses pids. */
  start_time: z.string().optional(),
  /** The folder of its cgroup. Undefined where none could be made. */
  cgroup: z.string().optional(),
  /** Its output is a pipe. Versions before this one gave their processes the log itself, which is rotated otherwise. */
  is_piped: z.literal(true).optional(),
  /** True once this run has been ready. */
  was_ready: z.boolean().default(false),
});
export type Run = z.infer<typeof Run>;

/** A container of one version of a tenant. Its runs share its ports and its log. */
export const Instance = z.object({
  id: z.string(),
  container: z.string(),
  /** The fingerprint of the container's specification. An update keeps instances whose fingerprint is equal. */
  digest: z.string(),
  ports: z.array(AssignedPort),
  run: Run.optional(),
  /** The result of this run's last health checks; without a health check, that it has run for long enough. */
  ready: z.boolean().default(false),
  /** True once any of its runs has been ready. */
  was_ready: z.boolean().default(false),
  restart_count: z.int().default(0),
  restart_delay_ms: z.number().optional(),
  next_start_at: SteadyTime.optional(),
  /** How the last run exited, such as `exited with code 1`. */
  last_exit: z.string().optional(),
  health_error: z.string().optional(),
  /** Why no process could be started, or how the process of a container that runs once failed. */
  start_error: z.string().optional(),
  /** True for a container that runs once and was seen to end with code 0. It never starts again. */
  completed: z.boolean().optional(),
});
export type Instance = z.infer<typeof Instance>;

/** A run that is being stopped, with all its descendants. */
export const Stopping = z.object({
  instance_id: z.string(),
  run: Run,
  ports: z.array(AssignedPort),
  grace_ms: z.number(),
  term_at: SteadyTime.optional(),
});
export type Stopping = z.infer<typeof Stopping>;

/** An update in progress: `instances` are those of the containers that are new or changed. */
export const RolloutRecord = z.object({
  spec: RecordedSpec,
  spec_hash: z.string(),
  changes: z.array(z.string()),
  /** The id of the restart that it is. */
  restart: z.string().optional(),
  begun_at: SteadyTime,
  instances: z.array(Instance),
});
export type RolloutRecord = z.infer<typeof RolloutRecord>;

/**
 * The durable state of a tenant (`record.json`); the process table has the rest. It contains the specification, `env`
 * included, so only the user of the host can read the file. Secrets are in it as references only.
 */
export const TenantRecord = z.object({
  version: z.literal(1),
  tenant_id: z.string(),
  /** The installation that made it. Undefined in records of versions before, until the next change. */
  installation: z.string().optional(),
  /** The life of the tenant id; see `ProviderCall.incarnation`. Records of older versions have none. */
  incarnation: z.string().optional(),
  /**
   * `starting` until all containers have been ready at once. In `failed` and `stopped`, no process of the tenant is left
   * running, and nothing starts one but `provision` and `update`. A stopped tenant keeps its instances, so their ports.
   */
  phase: z.enum(['starting', 'serving', 'failed', 'stopped', 'destroying']),
  spec: RecordedSpec,
  spec_hash: z.string(),
  /** The id of the restart that made the instances. */
  restart: z.string().optional(),
  begun_at: SteadyTime,
  provisioned_at: Milliseconds,
  updated_at: Milliseconds,
  instances: z.array(Instance),
  rollout: RolloutRecord.optional(),
  stopping: z.array(Stopping),
  /** The last specification that failed to become ready, and why; with `restart`, the last restart. */
  failure: z.object({ spec_hash: z.string(), message: z.string(), restart: z.string().optional() }).optional(),
});
export type TenantRecord = z.infer<typeof TenantRecord>;

/** Returns all instances: those of the serving version and those of an update in progress. */
export function instancesOf(record: TenantRecord): Instance[] {
  return [...record.instances, ...(record.rollout?.instances ?? [])];
}

/**
 * Returns in words what an interrupted or recent rollout left to do; undefined where nothing is. These are the runs of
 * instances that are in no version any more. Runs of current instances are stopped and started again at each crash.
 */
export function openStepsOf(record: TenantRecord): string | undefined {
  if (record.phase !== 'serving') return undefined;
  const current = new Set(instancesOf(record).map(({ id }) => id));
  const left = record.stopping.filter(({ instance_id }) => !current.has(instance_id)).length;
  return left === 0 ? undefined : `the end of processes of earlier versions (${left})`;
}

/** Returns true for a tenant that is to have no process, because it failed, was stopped or is being destroyed. */
export function isEnding({ phase }: TenantRecord): boolean {
  return phase === 'failed' || phase === 'stopped' || phase === 'destroying';
}

/** Returns every run in the record, including those that are being stopped. */
export function runsOf(record: TenantRecord): Run[] {
  return [...instancesOf(record).flatMap(({ run }) => run ?? []), ...record.stopping.map(({ run }) => run)];
}
