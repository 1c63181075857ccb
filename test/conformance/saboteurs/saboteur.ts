import type { Provider } from '../../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { resourceName } from '../../../src/providers/memory/mapping.ts';
import type { MemoryState, MemorySubjectOptions } from '../memory-subject.ts';

/** A provider that breaks one rule, as overrides of the honest memory provider. */
export interface Saboteur {
  /** The rule, word for word. */
  breaks: string;
  sabotage(honest: Provider, state: MemoryState): Partial<Provider>;
  /** Options of the subject that the sabotage depends on. */
  options?: MemorySubjectOptions;
}

/** Returns a set that all instances of a trial share, so that new instances continue the sabotage. */
export function sharedSet({ memo }: MemoryState, name: string): Set<string> {
  const set = (memo.get(name) as Set<string> | undefined) ?? new Set<string>();
  memo.set(name, set);
  return set;
}

/** Creates a resource without labels. */
export function leaveOrphan({ backend }: MemoryState, tenantId: string): void {
  backend.records.set(`orphan-of-${tenantId}`, { labels: {} });
}

export function relabel({ backend }: MemoryState, spec: TenantComputeSpec, labels: Record<string, string>): void {
  const resource = resourceName('memory', spec.tenant_id);
  const record = backend.records.get(resource);
  if (record) backend.records.set(resource, { ...record, labels });
}

/** Returns true for the harness's failing specifications. */
export function isFailing({ provider_config = {} }: TenantComputeSpec): boolean {
  return 'faults' in provider_config;
}

/** Removes the setting that rules add to make a specification invalid. */
export function withoutUnknown(spec: TenantComputeSpec): TenantComputeSpec {
  const { no_such_setting: _, ...provider_config } = spec.provider_config ?? {};
  return { ...spec, provider_config };
}

/** Refuses a call that begins while another call for the same tenant is in progress. */
export async function alone<T>(busy: Set<string>, tenantId: string, refusal: Error, run: () => Promise<T>): Promise<T> {
  if (busy.has(tenantId)) throw refusal;
  busy.add(tenantId);
  return run().finally(() => busy.delete(tenantId));
}
