import { OperationInProgressError } from '../../compute/errors.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { mountedVolumes, retainedVolumes } from '../../compute/volumes/volumes.ts';
import { newIncarnation } from '../model/ids.ts';
import { phases } from '../model/phases.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';
import { type Decision, decide } from './decide.ts';
import { effectsOf, type FingerprintsOf } from './effects.ts';
import type { PlannedChange, TenantPlan } from './plan.ts';
import { specChanges } from './spec-changes.ts';

/** Returns the tenant that an update would change: none where it is gone, or will be when the running operation ends. */
export function tenantToUpdate(current: Tenant | undefined): Tenant | undefined {
  return current && phases[current.phase].remains ? current : undefined;
}

/**
 * Returns the plan for a valid specification with restored env values. It decides as the request itself would and throws the
 * same errors, except `OperationInProgressError`, which becomes a warning.
 */
export async function planOf(
  current: Tenant | undefined,
  spec: TenantComputeSpec,
  { warnings, fingerprintsOf, now }: { warnings: readonly string[]; fingerprintsOf: FingerprintsOf; now: string },
): Promise<TenantPlan> {
  const before = tenantToUpdate(current);
  const decision = preview(current, spec, now);
  const isDone = decision?.kind === 'unchanged' || decision?.kind === 'joined';
  return {
    tenant_id: spec.tenant_id,
    provider_type: spec.provider_type,
    action: isDone ? 'none' : before ? 'update' : 'provision',
    revision: before?.desired.revision ?? null,
    changes: isDone ? [] : await changesBetween(before?.desired.spec, spec, fingerprintsOf),
    warnings: [...warnings, ...droppedVolumes(before, spec), ...stateWarnings(current, decision)],
  };
}

/** Returns the decision that the request would get, or undefined where another operation is in progress. */
function preview(current: Tenant | undefined, spec: TenantComputeSpec, now: string): Decision | undefined {
  const type = tenantToUpdate(current) ? 'update' : 'provision';
  const request = { tenant_id: spec.tenant_id, change: { type, spec } as const, actor: '' };
  try {
    const incarnation = newIncarnation(now);
    return decide(current, request, () => ({
      now,
      incarnation,
      hashOf: () => '',
      holder: '',
      lease_ms: 0,
      deadline_ms: 0,
    }));
  } catch (error) {
    if (!(error instanceof OperationInProgressError)) throw error;
    return undefined;
  }
}

/** Says what happens to the volumes that the tenant would mount no longer. */
function droppedVolumes(before: Tenant | undefined, spec: TenantComputeSpec): string[] {
  if (!before) return [];
  const mounted = mountedVolumes(spec);
  const retained = retainedVolumes(before.desired.spec);
  return mountedVolumes(before.desired.spec)
    .filter((name) => !mounted.includes(name))
    .map((name) => {
      const end = retained.includes(name) ? 'stays, also after a destroy' : 'stays until the tenant is destroyed';
      return `the volume ${name} is mounted no longer; its data ${end}`;
    });
}

function stateWarnings(current: Tenant | undefined, decision: Decision | undefined): string[] {
  if (!current) return [];
  const { operation, phase } = current;
  const running = `${operation.type} is in progress (operation ${operation.operation_id})`;
  if (decision?.kind === 'joined') return [`${running}; it works towards this specification already`];
  if (isRunning(current) && decision) return [`${running}; this would take its place`];
  if (isRunning(current)) return [`${running}; until it ends, this specification is refused`];
  if (phases[phase].stopped) return ['the tenant is stopped; what changes comes up when it is started'];
  const error = operation.error?.message ?? 'see its last operation';
  return phases[phase].failed ? [`the tenant failed (${error}); this would be another try`] : [];
}

/** Returns the changes and their effects. Without `before` everything is new, and nothing is replaced. */
export async function changesBetween(
  before: TenantComputeSpec | undefined,
  after: TenantComputeSpec,
  fingerprintsOf: FingerprintsOf,
): Promise<PlannedChange[]> {
  const changes = specChanges(before, after);
  if (!before) return changes.map(({ change }) => ({ ...change, effect: 'in_place' }));
  const parts = changes.map(({ part }) => part);
  const effectOf = await effectsOf(before, after, parts, fingerprintsOf);
  return changes.map(({ change, part }) => ({ ...change, effect: effectOf(part) }));
}
