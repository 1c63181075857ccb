import type { ContainerSpec } from '../../../compute/spec/spec.ts';
import { describeWaits, runsOnce, type Wait, waitsOf } from '../../../compute/start-order/start-order.ts';
import type { Instance, TenantRecord } from './record.ts';

/** Returns the container that an instance is of, in the specification of the instance's own version. */
export function containerOf(record: TenantRecord, instance: Instance): ContainerSpec | undefined {
  return versionOf(record, instance).spec.containers.find(({ name }) => name === instance.container);
}

/** Returns true for an instance of a container that runs once. */
export function isOnce(record: TenantRecord, instance: Instance): boolean {
  const container = containerOf(record, instance);
  return container !== undefined && runsOnce(container);
}

/**
 * Returns what an instance waits for before it starts; empty where its turn has come. What was ready once is not waited for
 * again: the order is for the start of a version, and not for restarts after a crash.
 */
export function waitsLeft(record: TenantRecord, instance: Instance): Wait[] {
  const { spec, instances } = versionOf(record, instance);
  const waits = waitsOf(spec.containers).get(instance.container) ?? [];
  return waits.filter(({ name, until }) => {
    const other = instances.find(({ container }) => container === name);
    return !(until === 'completed' ? other?.completed : other?.was_ready);
  });
}

/** Says what an instance without a process waits for; empty where its turn has come. */
export function waitingText(record: TenantRecord, instance: Instance): string {
  if (instance.run || instance.completed) return '';
  const waits = waitsLeft(record, instance);
  return waits.length > 0 ? describeWaits(waits) : '';
}

/** The new version of an update contains the instances that it keeps, after its own. */
function versionOf(record: TenantRecord, instance: Instance): Pick<TenantRecord, 'spec' | 'instances'> {
  const { rollout } = record;
  if (!rollout?.instances.includes(instance)) return record;
  return { spec: rollout.spec, instances: [...rollout.instances, ...record.instances] };
}
