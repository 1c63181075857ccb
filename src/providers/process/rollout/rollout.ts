import { randomUUID } from 'node:crypto';
import { hashJson } from '../../../compute/spec/json.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../../compute/spec/spec.ts';
import type { ProcessConfig } from '../config.ts';
import { assignPorts, heldPorts, portKey } from '../ports.ts';
import { type Instance, instancesOf, type TenantRecord } from '../records/records.ts';

/**
 * Of everything that the processes of a container would notice, and of its health check, so that a check that the running
 * process fails is a failed update. Resources are not in it: this provider does not enforce them.
 */
export function digestOf(container: ContainerSpec, spec: TenantComputeSpec, config: ProcessConfig): string {
  const { resources: _, ...noticed } = container;
  const { working_directory, path } = config;
  return hashJson({ noticed, secrets: spec.secrets ?? [], working_directory, path });
}

/** The digest of each container, by name. */
export function digestsOf(spec: TenantComputeSpec, config: ProcessConfig): Record<string, string> {
  return Object.fromEntries(spec.containers.map((container) => [container.name, digestOf(container, spec, config)]));
}

/** The record of a tenant that is to come up with this specification, and of which nothing runs. */
export function newRecord(spec: TenantComputeSpec, spec_hash: string, now: number): TenantRecord {
  return {
    version: 1,
    tenant_id: spec.tenant_id,
    phase: 'starting',
    spec,
    spec_hash,
    begun_at: now,
    provisioned_at: now,
    updated_at: now,
    instances: [],
    stopping: [],
  };
}

/**
 * The instances of a specification: those that can be kept, and new ones with their ports for all others.
 * Called while no one else hands out ports.
 */
export async function planInstances(
  record: TenantRecord,
  spec: TenantComputeSpec,
  config: ProcessConfig,
  records: readonly TenantRecord[],
): Promise<{ kept: Instance[]; fresh: Instance[] }> {
  const digests = new Map(spec.containers.map((container) => [digestOf(container, spec, config), container]));
  const kept = record.instances.filter(({ digest }) => digests.has(digest));
  const others = records.filter(({ tenant_id }) => tenant_id !== record.tenant_id);
  const holders = heldPorts([...others, record]);
  const goes = (instance: { id: string }) => !kept.some(({ id }) => id === instance.id);
  const yielding = new Set([
    ...instancesOf(record)
      .filter(goes)
      .map(({ id }) => id),
    ...record.stopping.map(({ instance_id }) => instance_id),
  ]);
  const fresh: Instance[] = [];
  for (const [digest, container] of digests) {
    if (kept.some((instance) => instance.digest === digest)) continue;
    const id = randomUUID().slice(0, 13);
    const ports = await assignPorts(record.tenant_id, container, id, holders, yielding);
    fresh.push({ id, container: container.name, digest, ports, ready: false, was_ready: false, restart_count: 0 });
  }
  return { kept, fresh };
}

/** Whether an instance makes room, for as long as an update is under way, because the new version wants a port it has. */
export function isDisplaced(record: TenantRecord, instance: Instance): boolean {
  if (!record.rollout || !record.instances.includes(instance)) return false;
  const wanted = new Set(record.rollout.instances.flatMap(({ ports }) => ports.map(portKey)));
  return instance.ports.some((port) => wanted.has(portKey(port)));
}

/** Lets the process of an instance go. The instance itself stays as it is; its next run is another matter. */
export function retire(record: TenantRecord, instance: Instance, config: ProcessConfig): void {
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

/** The new version is ready: it becomes what serves, and the instances that it replaces go. */
export function promote(record: TenantRecord, config: ProcessConfig, now: number): void {
  const { rollout } = record;
  if (!rollout) return;
  const next = rollout.spec.containers.flatMap(
    ({ name }) => [...rollout.instances, ...record.instances].find(({ container }) => container === name) ?? [],
  );
  for (const instance of record.instances) if (!next.includes(instance)) retire(record, instance, config);
  record.instances = next;
  record.spec = rollout.spec;
  record.spec_hash = rollout.spec_hash;
  record.updated_at = now;
  record.rollout = undefined;
  record.failure = undefined;
}

/** The new version is given up: what served goes on, or comes back where it had made room. */
export function dropRollout(record: TenantRecord, config: ProcessConfig, message?: string): void {
  const { rollout } = record;
  if (!rollout) return;
  for (const instance of rollout.instances) retire(record, instance, config);
  record.rollout = undefined;
  if (message !== undefined) record.failure = { spec_hash: rollout.spec_hash, message };
}

/** The tenant did not come up: nothing of it goes on running. */
export function failTenant(record: TenantRecord, config: ProcessConfig, message: string): void {
  for (const instance of record.instances) retire(record, instance, config);
  record.phase = 'failed';
  record.failure = { spec_hash: record.spec_hash, message };
}
