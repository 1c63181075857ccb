import type { Provider } from '../../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { resourceName } from '../../../src/providers/memory/mapping.ts';
import type { MemorySubjectOptions, MemoryWorld } from '../memory-subject.ts';

/** A provider that breaks one rule: what is put over the honest memory provider. */
export interface Saboteur {
  /** The rule, word for word. */
  breaks: string;
  sabotage(honest: Provider, world: MemoryWorld): Partial<Provider>;
  /** How the subject is made, where it matters. */
  options?: MemorySubjectOptions;
}

/** A provider as a plain object that hands everything on. */
export function delegateTo(provider: Provider): Provider {
  const { name, capabilities, configSchema, configDefaults } = provider;
  const listAfter = provider.listAfter?.bind(provider);
  const fingerprints = provider.fingerprints?.bind(provider);
  const logs = provider.logs?.bind(provider);
  return {
    name,
    capabilities,
    configSchema,
    configDefaults,
    provision: (spec, call) => provider.provision(spec, call),
    update: (tenantId, spec, call) => provider.update(tenantId, spec, call),
    destroy: (tenantId, call) => provider.destroy(tenantId, call),
    getStatus: (tenantId, call) => provider.getStatus(tenantId, call),
    validate: (spec, call) => provider.validate(spec, call),
    list: (call) => provider.list(call),
    ...(listAfter && { listAfter }),
    ...(fingerprints && { fingerprints }),
    ...(logs && { logs }),
  };
}

/** A set that all instances of a world share, so that no fresh instance forgets what it is to do wrong. */
export function sharedSet({ memo }: MemoryWorld, name: string): Set<string> {
  const set = (memo.get(name) as Set<string> | undefined) ?? new Set<string>();
  memo.set(name, set);
  return set;
}

/** Makes a resource that carries no labels, as a careless provider does. */
export function leaveOrphan({ backend }: MemoryWorld, tenantId: string): void {
  backend.records.set(`orphan-of-${tenantId}`, { labels: {} });
}

export function relabel({ backend }: MemoryWorld, spec: TenantComputeSpec, labels: Record<string, string>): void {
  const resource = resourceName('memory', spec.tenant_id);
  const record = backend.records.get(resource);
  if (record) backend.records.set(resource, { ...record, labels });
}

/** Whether this is one of the specifications that are to fail. */
export function isFailing({ provider_config = {} }: TenantComputeSpec): boolean {
  return 'faults' in provider_config;
}

/** Without the setting that rules add to have a specification refused. */
export function withoutUnknown(spec: TenantComputeSpec): TenantComputeSpec {
  const { no_such_setting: _, ...provider_config } = spec.provider_config ?? {};
  return { ...spec, provider_config };
}

/** Refuses a call that begins while another of the same tenant goes on. */
export async function alone<T>(busy: Set<string>, tenantId: string, refusal: Error, run: () => Promise<T>): Promise<T> {
  if (busy.has(tenantId)) throw refusal;
  busy.add(tenantId);
  return run().finally(() => busy.delete(tenantId));
}
