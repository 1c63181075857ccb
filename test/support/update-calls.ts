import { Manager } from '../../src/compute/manager.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { Registry } from '../../src/compute/registry.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { RateLimiter } from '../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../src/tenants/store/store.ts';
import { Tenants } from '../../src/tenants/tenants.ts';
import { createCapturedLogger } from './captured-logger.ts';
import { createMemoryTable } from './memory-table.ts';

/** Specifications of one tenant: `stuck` never comes up, the others do while the provider waits. */
export interface UpdateSpecs {
  first: TenantComputeSpec;
  fresh: TenantComputeSpec;
  stuck: TenantComputeSpec;
  newest: TenantComputeSpec;
}

/**
 * Updates a tenant once while nothing else happens, and once while another update is stuck. Returns the calls of the
 * provider that each of the two took, and how the operations ended.
 */
export async function callsOfUpdates(provider: Provider, { first, fresh, stuck, newest }: UpdateSpecs) {
  const calls: string[] = [];
  const counted = new Proxy(provider, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      if (key === 'update' || key === 'provision' || key === 'getStatus') calls.push(key);
      return value.bind(target);
    },
  });
  const registry = new Registry();
  registry.register(counted);
  const logger = createCapturedLogger();
  const table = createMemoryTable();
  const manager = new Manager(registry, logger);
  const store = new Store(table);
  const reconciler = new Reconciler({ store, manager, rateLimiter: new RateLimiter({ table }), logger });
  const tenants = new Tenants({ store, manager, reconciler });
  const operationOf = async (spec: TenantComputeSpec, change: 'provision' | 'update' = 'update') => {
    calls.length = 0;
    const result = await tenants[change](spec, { actor: 'tests' });
    if (result.kind !== 'operation') throw new Error(`${result.kind}, not an operation`);
    return { operation: result.operation, calls: [...calls] };
  };
  await operationOf(first, 'provision');
  const alone = await operationOf(fresh);
  const older = await operationOf(stuck);
  const waiting = await manager.getTenantStatus(first.tenant_id, provider.name);
  const instead = await operationOf(newest);
  return {
    alone,
    older: await tenants.operation(older.operation.operation_id),
    waiting,
    instead,
    status: await manager.getTenantStatus(first.tenant_id, provider.name),
    desired: (await tenants.get(first.tenant_id)).desired,
  };
}
