import type { Origin } from '../../../compute/labels.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import type { ProcessConfig } from '../config.ts';
import { configOf, type ProviderContext } from '../provider-context.ts';
import type { Instance, TenantRecord } from '../records/record.ts';
import type { ReadTable } from './stop.ts';

/** The delay before the next pass while processes start or stop. */
export const SOON_MS = 40;
/** The delay while nothing is due. What changes meanwhile wakes the supervisor, or is seen by its look. */
export const STEADY_MS = 300_000;

/** One pass of the reconciler over one tenant, under its lock. `record` is changed in place. */
export interface Pass {
  context: ProviderContext;
  record: TenantRecord;
  /** A time of the steady clock, the same for the whole pass. */
  now: number;
  readTable: ReadTable;
}

/** An instance with the specification and the settings of its own version. */
export interface VersionedInstance {
  instance: Instance;
  spec: TenantComputeSpec;
  config: ProcessConfig;
  origin: Origin;
}

export function versionedInstances({ context, record }: Pass): VersionedInstance[] {
  const { installation, incarnation } = record;
  const origin = { installation, incarnation };
  const versions = [record, ...(record.rollout ? [record.rollout] : [])];
  return versions.flatMap(({ spec, instances }) => {
    const config = configOf(context, spec);
    return instances.map((instance) => ({ instance, spec, config, origin }));
  });
}

export function log(
  { context, record }: Pass,
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: object = {},
): void {
  const about = { component: 'process-provider', tenant_id: record.tenant_id, provider: context.name };
  context.logger[level](message, { ...about, ...fields });
}
