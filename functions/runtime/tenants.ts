import {
  type ComputeStatus,
  InvalidRequestError,
  type Manager,
  type Provider,
  ProvisionFailedError,
  type ProvisionResult,
  type Registry,
  type StatusOptions,
  specHash,
  type TenantComputeSpec,
  TenantNotFoundError,
  UpdateFailedError,
  type UpdateResult,
} from '../../src/index.ts';

export interface Call {
  signal: AbortSignal;
}

/** What the tenant routes ask for. Handlers see this interface and nothing behind it. */
export interface Tenants {
  /** `unchanged`: an identical tenant was already there. Throws `TenantExistsError` where another one is. */
  provision(spec: TenantComputeSpec, call: Call): Promise<Provisioned>;
  update(tenantId: string, spec: TenantComputeSpec, call: Call): Promise<UpdateResult>;
  /** What is left of the tenant, where it needs time to stop. Without a provider, the one that holds the tenant. */
  destroy(tenantId: string, provider: string | undefined, call: Call): Promise<ComputeStatus | undefined>;
  status(tenantId: string, provider: string | undefined, options: Call & StatusOptions): Promise<ComputeStatus>;
}

export interface Provisioned {
  outcome: 'created' | 'in_progress' | 'unchanged';
  result: ProvisionResult;
}

/** Tenants straight from the providers: they alone know what there is. */
export function createTenants({ manager, registry }: { manager: Manager; registry: Registry }): Tenants {
  return {
    async provision(spec, call) {
      const provider = registry.get(spec.provider_type);
      const before = await observe(provider, spec.tenant_id, call);
      const result = await manager.provisionTenant(spec, call);
      if (result.status === 'failed') throw new ProvisionFailedError(result.message);
      if (result.status === 'in_progress') return { outcome: 'in_progress', result };
      const unchanged = before?.metadata?.spec_hash === specHash(spec);
      return { outcome: unchanged ? 'unchanged' : 'created', result };
    },

    async update(tenantId, spec, call) {
      const result = await manager.updateTenant(tenantId, spec, call);
      if (result.status === 'failed') throw new UpdateFailedError(result.message);
      return result;
    },

    async destroy(tenantId, providerName, call) {
      const name = providerName ?? (await findHolder(registry, tenantId, call));
      if (name === undefined) return undefined;
      await manager.destroyTenant(tenantId, name, call);
      const left = await observe(registry.get(name), tenantId, call);
      return left && manager.getTenantStatus(tenantId, name, { ...call, maxAge: 0 }).catch(ifNotThere);
    },

    async status(tenantId, providerName, options) {
      const name = providerName ?? (await findHolder(registry, tenantId, options));
      if (name === undefined) throw new TenantNotFoundError(`${tenantId} on any of ${registry.list().join(', ')}`);
      return manager.getTenantStatus(tenantId, name, options);
    },
  };
}

/**
 * What the provider says of a tenant that may not be there. It is asked without the manager, in whose metrics the
 * expected absence of a tenant would count as a failure.
 */
async function observe(provider: Provider, tenantId: string, call: Call): Promise<Partial<ComputeStatus> | undefined> {
  try {
    return await provider.getStatus(tenantId, call);
  } catch (error) {
    return ifNotThere(error);
  }
}

function ifNotThere(error: unknown): undefined {
  if (!(error instanceof TenantNotFoundError)) throw error;
}

/**
 * The one provider that holds a tenant. A provider that cannot be asked matters only if no other holds the tenant: then
 * its error is thrown, because it might. Throws `InvalidRequestError` where several hold a tenant of this id.
 */
async function findHolder(registry: Registry, tenantId: string, call: Call): Promise<string | undefined> {
  const providers = registry.list().map((name) => registry.get(name));
  const answers = await Promise.allSettled(providers.map((provider) => holds(provider, tenantId, call)));
  const holders = providers.filter((_, index) => {
    const answer = answers[index];
    return answer?.status === 'fulfilled' && answer.value;
  });
  if (holders.length > 1) {
    const names = holders.map((provider) => provider.name).join(', ');
    const message = `provider must be given, as several hold a tenant of this id: ${names}`;
    throw new InvalidRequestError([{ pointer: '/query/provider', message }]);
  }
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (holders.length === 0 && failed) throw failed.reason;
  return holders[0]?.name;
}

async function holds(provider: Provider, tenantId: string, call: Call): Promise<boolean> {
  for await (const held of provider.list(call)) {
    if (held.tenant_id === tenantId) return true;
  }
  return false;
}
