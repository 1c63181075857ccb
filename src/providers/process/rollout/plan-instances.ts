import { randomUUID } from 'node:crypto';
import { hashJson } from '../../../compute/spec/json.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { specHash } from '../../../compute/spec/spec-diff.ts';
import { runsOnce } from '../../../compute/start-order/start-order.ts';
import type { ProcessConfig } from '../config.ts';
import { allHeldPorts, assignPorts } from '../ports.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type Instance, instancesOf, type TenantRecord } from '../records/record.ts';

/** Returns the fingerprint of each container, by name. An update keeps the processes of those whose fingerprint is equal. */
export function fingerprintsOf(spec: TenantComputeSpec, config: ProcessConfig): Record<string, string> {
  return Object.fromEntries(
    spec.containers.map((container) => [container.name, fingerprintOf(container, spec, config)]),
  );
}

/**
 * Covers everything that affects the process. It includes the health check: an update fails if the running process would
 * fail a new check. It excludes the order of starts, and resources, which are not enforced. Records persist it, so a
 * change of this function makes the next update replace every process.
 */
function fingerprintOf(container: ContainerSpec, spec: TenantComputeSpec, config: ProcessConfig): string {
  const { resources: _, after: __, ...noticed } = container;
  const { working_directory, path } = config;
  return hashJson({ noticed, secrets: spec.secrets ?? [], working_directory, path });
}

/**
 * Returns the instances of a specification: those of the record that can be kept, and fresh ones with their ports for the
 * other containers. With `replacesAll`, none is kept but those that ran once, while the specification is the same. Call it
 * under the lock for ports. Throws `ResourceConflictError` if a requested port is taken.
 */
export async function planInstances(
  context: ProviderContext,
  record: TenantRecord,
  { spec, config, replacesAll = false }: { spec: TenantComputeSpec; config: ProcessConfig; replacesAll?: boolean },
): Promise<{ kept: Instance[]; fresh: Instance[] }> {
  const containers = new Map(spec.containers.map((container) => [fingerprintOf(container, spec, config), container]));
  const once = new Set(spec.containers.filter(runsOnce).map(({ name }) => name));
  const isSame = specHash(record.spec) === specHash(spec);
  const kept = record.instances.filter(({ container, digest, completed }) =>
    once.has(container) ? isSame && completed : containers.has(digest) && !replacesAll,
  );
  const holders = await allHeldPorts(context, record);
  const replaced = instancesOf(record).filter((instance) => !kept.includes(instance));
  const releasing = new Set([
    ...replaced.map(({ id }) => id),
    ...record.stopping.map(({ instance_id }) => instance_id),
  ]);
  const fresh: Instance[] = [];
  for (const [digest, container] of containers) {
    if (kept.some((instance) => instance.container === container.name)) continue;
    const id = randomUUID().slice(0, 13);
    const ports = await assignPorts(record.tenant_id, container, id, holders, releasing);
    fresh.push({ id, container: container.name, digest, ports, ready: false, was_ready: false, restart_count: 0 });
  }
  return { kept, fresh };
}
