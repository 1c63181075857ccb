import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { specHash } from '../../src/compute/spec/spec-diff.ts';
import { validateComputeSpec } from '../../src/compute/spec/validate.ts';
import { decide } from '../../src/tenants/decide/decide.ts';
import { conditionsOf } from '../../src/tenants/model/conditions.ts';
import type { Operation } from '../../src/tenants/model/operation.ts';
import type { Tenant } from '../../src/tenants/model/tenant.ts';
import { succeededTenant } from '../../src/tenants/reconcile/outcome.ts';
import { aSpec } from './specs.ts';

/** The default time at which tenants are created. */
export const DAWN = '2026-11-24T00:00:00.000Z';

export interface TenantOptions {
  id?: string | undefined;
  provider?: string | undefined;
  labels?: Record<string, string> | undefined;
  now?: string | undefined;
  /** Replaces the options `id`, `provider` and `labels`. */
  spec?: TenantComputeSpec | undefined;
}

/** Returns a new tenant whose provision is in progress. */
export function aTenant(options: TenantOptions = {}): Tenant {
  const { id = 'acme', provider = 'counting', labels = {}, now = DAWN } = options;
  const spec = validateComputeSpec(options.spec ?? aSpec({ tenant_id: id, provider_type: provider, labels }));
  const decision = decide(
    undefined,
    { tenant_id: spec.tenant_id, change: { type: 'provision', spec }, actor: 'tests' },
    () => ({
      now,
      incarnation: 'incarnation1',
      hashOf: specHash,
      holder: 'tests',
      lease_ms: 15_000,
      deadline_ms: 60_000,
    }),
  );
  if (decision.kind !== 'accepted') throw new Error(`a new tenant was not accepted: ${decision.kind}`);
  return { ...decision.tenant, lease: undefined, next_at: now };
}

/** Returns a tenant that serves and has no operation in progress. */
export function aReadyTenant(options: TenantOptions = {}): Tenant {
  const { now = DAWN } = options;
  const done = { kind: 'done' as const, endpoints: [], resource_ids: {}, message: 'up', changes: [] };
  const tenant = { ...succeededTenant(aTenant(options), done, now), next_at: undefined };
  return { ...tenant, conditions: conditionsOf(tenant, now) };
}

/** Returns the tombstone of a tenant. */
export function aTombstone(options: TenantOptions = {}): Tenant {
  return { ...aReadyTenant(options), phase: 'destroyed', destroyed_at: options.now ?? DAWN };
}

/** Returns an ended operation of the tenant `acme`. */
export function anOperation(seq: number, overrides: Partial<Operation> = {}): Operation {
  const { operation } = aReadyTenant();
  const { tenant_id, incarnation } = { ...operation, ...overrides };
  return { ...operation, seq, operation_id: `${tenant_id}.${incarnation}.${seq}`, ...overrides };
}
