import { ComputeError } from '../../../src/compute/errors.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { addMs } from '../../../src/tenants/clock.ts';
import type { Change, ChangeRequest, DecisionContext } from '../../../src/tenants/decide/change-request.ts';
import { decide } from '../../../src/tenants/decide/decide.ts';
import type { Tenant } from '../../../src/tenants/model/tenant.ts';
import { failureOf } from '../../../src/tenants/reconcile/failure.ts';
import { failedTenant, succeededTenant } from '../../../src/tenants/reconcile/outcome.ts';
import { aSpec } from '../../support/specs.ts';

export const NOON = '2026-11-24T12:00:00.000Z';
const done = { kind: 'done' as const, endpoints: [], resource_ids: {}, message: '', changes: [] };

export const first = aSpec();
export const second = aSpec({ resources: { cpu: 512, memory: 256 } });
export const third = aSpec({ resources: { cpu: 1024, memory: 256 } });
export const elsewhere = aSpec({ provider_type: 'other' });

export function at(minutes: number, overrides: Partial<DecisionContext> = {}): DecisionContext {
  const now = addMs(NOON, minutes * 60_000);
  const limits = { lease_ms: 15_000, deadline_ms: 60_000 };
  return { now, incarnation: `life-at-${minutes}`, hashOf: specHash, holder: 'us', ...limits, ...overrides };
}

export function ask(change: Change, overrides: Partial<ChangeRequest> = {}): ChangeRequest {
  return { tenant_id: 'acme', actor: 'alice', change, ...overrides };
}

export const provision = (spec: TenantComputeSpec) => ask({ type: 'provision', spec });
export const update = (spec: TenantComputeSpec) => ask({ type: 'update', spec });
export const destroy = ask({ type: 'destroy' });

/** Returns the tenant that an accepted request leads to. */
export function accepted(current: Tenant | undefined, request: ChangeRequest, context: DecisionContext): Tenant {
  const decision = decide(current, request, () => context);
  if (decision.kind !== 'accepted') throw new Error(`${decision.kind}, not accepted`);
  return decision.tenant;
}

const settled = (tenant: Tenant): Tenant => ({ ...tenant, lease: undefined, next_at: undefined });
export const succeeded = (tenant: Tenant) => settled(succeededTenant(tenant, done, NOON));
const failed = (tenant: Tenant) => settled(failedTenant(tenant, failureOf(new Error('no')), NOON));

export const provisioning = accepted(undefined, provision(first), at(0));
export const ready = succeeded(provisioning);
export const updating = accepted(ready, update(second), at(1));
export const destroying = accepted(ready, destroy, at(1));
export const destroyed = succeeded(destroying);
export const neverWas = succeeded(accepted(undefined, ask({ type: 'destroy' }, { requested_at: NOON }), at(0)));
export const neverUp = failed(provisioning);
export const notUpdated = failed(updating);

/** Returns the outcome of a request as one word: of an accepted one, the phase that it leads to. */
export function outcomeOf(current: Tenant | undefined, request: ChangeRequest, context = at(20)): string {
  try {
    const decision = decide(current, request, () => context);
    return decision.kind === 'accepted' ? decision.tenant.phase : decision.kind;
  } catch (error) {
    return error instanceof ComputeError ? error.code : String(error);
  }
}
