import type { Provider } from '../../src/compute/provider.ts';

export interface ProviderCallRecord {
  method: string;
  args: unknown[];
}

export interface CountingProvider extends Provider {
  /** All calls, in order. */
  readonly calls: ProviderCallRecord[];
}

type Overrides = Partial<Pick<Provider, 'provision' | 'update' | 'destroy' | 'getStatus' | 'validate' | 'list'>>;

/** Creates a provider without tenants that records its calls and returns successes unless overridden. */
export function createCountingProvider(name = 'counting', overrides: Overrides = {}): CountingProvider {
  const calls: ProviderCallRecord[] = [];
  const count = (method: string, ...args: unknown[]) => void calls.push({ method, args });
  return {
    name,
    calls,
    async provision(spec, call) {
      count('provision', spec, call);
      if (overrides.provision) return overrides.provision(spec, call);
      return {
        tenant_id: spec.tenant_id,
        provider_type: name,
        status: 'success',
        resource_ids: {},
        endpoints: [],
        message: '',
        provisioned_at: '2026-01-01T00:00:00.000Z',
      };
    },
    async update(tenantId, spec, call) {
      count('update', tenantId, spec, call);
      if (overrides.update) return overrides.update(tenantId, spec, call);
      return {
        tenant_id: tenantId,
        provider_type: name,
        status: 'success',
        changes: ['/resources/cpu'],
        message: '',
        updated_at: '2026-01-01T00:00:00.000Z',
      };
    },
    async destroy(tenantId, call) {
      count('destroy', tenantId, call);
      return overrides.destroy?.(tenantId, call);
    },
    async getStatus(tenantId, call) {
      count('getStatus', tenantId, call);
      if (overrides.getStatus) return overrides.getStatus(tenantId, call);
      return {
        tenant_id: tenantId,
        provider_type: name,
        state: 'running',
        containers: [],
        health: 'healthy',
        endpoints: [],
        last_updated: '2026-01-01T00:00:00.000Z',
        metadata: {},
      };
    },
    async validate(spec, call) {
      count('validate', spec, call);
      return overrides.validate?.(spec, call);
    },
    async *list(call) {
      count('list', call);
      if (overrides.list) yield* overrides.list(call);
    },
  };
}
