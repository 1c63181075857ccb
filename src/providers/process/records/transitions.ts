import type { Origin } from '../../../compute/labels.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { writtenVolumes } from '../../../compute/volumes/volumes.ts';
import type { ProcessConfig } from '../config.ts';
import { portKey } from '../ports.ts';
import { type Instance, runsOf, type TenantRecord } from './record.ts';
import { waitsLeft } from './start-order.ts';

/*
 * The steps from one state of a record to the next. They change the record in memory and touch neither disk nor processes;
 * their callers hold the lock of the tenant and write the record.
 */

/** Returns the record of a new tenant: phase `starting`, without instances. */
export function newRecord(spec: TenantComputeSpec, spec_hash: string, now: number, begun_at = now): TenantRecord {
  return {
    version: 1,
    tenant_id: spec.tenant_id,
    phase: 'starting',
    spec,
    spec_hash,
    begun_at,
    provisioned_at: now,
    updated_at: now,
    instances: [],
    stopping: [],
  };
}

/**
 * Notes for whom a change is made. Processes that start from now on carry it; those that run stay as they are. Returns true
 * if that changed the record.
 */
export function noteOrigin(record: TenantRecord, origin: Origin): boolean {
  const { installation = record.installation, incarnation = record.incarnation } = origin;
  if (record.installation === installation && record.incarnation === incarnation) return false;
  record.installation = installation;
  record.incarnation = incarnation;
  return true;
}

/** Takes times in the future for now: a clock wrote them that was ahead, and what counts from them would never end. */
export function clampTimes(record: TenantRecord, now: number): void {
  record.begun_at = Math.min(record.begun_at, now);
  if (record.rollout) record.rollout.begun_at = Math.min(record.rollout.begun_at, now);
  for (const run of runsOf(record)) run.spawned_at = Math.min(run.spawned_at, now);
  for (const entry of record.stopping) if (entry.term_at !== undefined) entry.term_at = Math.min(entry.term_at, now);
}

/** Moves the run of an instance to `stopping`. The instance stays, and may be started again. */
export function stopRun(record: TenantRecord, instance: Instance, config: ProcessConfig): void {
  if (!instance.run) return;
  record.stopping.push({
    instance_id: instance.id,
    run: instance.run,
    ports: instance.ports,
    grace_ms: config.stop_grace_seconds * 1000,
  });
  instance.run = undefined;
  instance.ready = false;
}

/**
 * Returns true for an instance of the serving version that has to stop before its successor starts: the new version needs
 * one of its ports, or the successor writes to a volume that it writes to.
 */
export function isDisplaced(record: TenantRecord, instance: Instance): boolean {
  if (!record.rollout || !record.instances.includes(instance)) return false;
  const next = record.rollout.instances.filter((one) => waitsLeft(record, one).length === 0);
  const needed = new Set(next.flatMap(({ ports }) => ports.map(portKey)));
  if (instance.ports.some((port) => needed.has(portKey(port)))) return true;
  if (!next.some(({ container }) => container === instance.container)) return false;
  const [before = [], after = []] = [record.spec, record.rollout.spec].map(({ containers }) => {
    const own = containers.find(({ name }) => name === instance.container);
    return own ? writtenVolumes(own) : [];
  });
  return before.some((volume) => after.includes(volume));
}

/** Makes the new version the serving one, and stops the instances that it replaces. */
export function promoteRollout(record: TenantRecord, config: ProcessConfig, now: number): void {
  const { rollout } = record;
  if (!rollout) return;
  const next = inOrderOf(rollout.spec, [...rollout.instances, ...record.instances]);
  for (const instance of record.instances) if (!next.includes(instance)) stopRun(record, instance, config);
  record.instances = next;
  record.spec = rollout.spec;
  record.spec_hash = rollout.spec_hash;
  record.restart = rollout.restart;
  record.updated_at = now;
  record.rollout = undefined;
  record.failure = undefined;
}

/** Removes the new version. The old one keeps serving; its displaced instances start again once their ports are free. */
export function dropRollout(record: TenantRecord, config: ProcessConfig, failure?: string): void {
  const { rollout } = record;
  if (!rollout) return;
  for (const instance of rollout.instances) stopRun(record, instance, config);
  record.rollout = undefined;
  if (failure === undefined) return;
  const { spec_hash, restart } = rollout;
  record.failure = { spec_hash, message: failure, ...(restart !== undefined && { restart }) };
}

/** Stops everything of a tenant that failed to start. */
export function failTenant(record: TenantRecord, config: ProcessConfig, message: string): void {
  for (const instance of record.instances) stopRun(record, instance, config);
  record.phase = 'failed';
  record.failure = { spec_hash: record.spec_hash, message };
}

/** Stops everything of a tenant, and gives up an update in progress. */
export function stopTenant(record: TenantRecord, config: ProcessConfig, now: number): void {
  dropRollout(record, config);
  for (const instance of record.instances) {
    stopRun(record, instance, config);
    instance.was_ready = false;
    instance.restart_delay_ms = instance.next_start_at = undefined;
    instance.start_error = instance.health_error = instance.last_exit = undefined;
  }
  record.phase = 'stopped';
  record.failure = undefined;
  record.updated_at = now;
}

/** Has a stopped tenant start as it is: with its instances, and so with their ports. */
export function startAgain(record: TenantRecord, now: number, begunAt: number): void {
  record.phase = 'starting';
  record.restart = undefined;
  record.begun_at = begunAt;
  record.updated_at = now;
}

/** Returns one instance for each container of a specification, the first that has its name. */
export function inOrderOf({ containers }: TenantComputeSpec, instances: readonly Instance[]): Instance[] {
  return containers.flatMap(({ name }) => instances.find(({ container }) => container === name) ?? []);
}
