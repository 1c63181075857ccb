import type * as z from 'zod';
import { OperationInProgressError } from '../../compute/errors.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { newIncarnation } from '../model/ids.ts';
import { phases } from '../model/phases.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';
import { type Decision, decide } from './decide.ts';
import { effectsOf, type FingerprintsOf } from './effects.ts';
import type { PlannedChange, TenantPlan } from './plan.ts';
import { type Field, fieldsOf, type Part } from './spec-fields.ts';

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
    warnings: [...warnings, ...stateWarnings(current, decision)],
  };
}

/** Returns the decision that the request would get, or undefined where another operation is in progress. */
function preview(current: Tenant | undefined, spec: TenantComputeSpec, now: string): Decision | undefined {
  const type = tenantToUpdate(current) ? 'update' : 'provision';
  const request = { tenant_id: spec.tenant_id, change: { type, spec } as const, actor: '' };
  try {
    const incarnation = newIncarnation(now);
    return decide(current, request, () => ({ now, incarnation, holder: '', lease_ms: 0, deadline_ms: 0 }));
  } catch (error) {
    if (!(error instanceof OperationInProgressError)) throw error;
    return undefined;
  }
}

function stateWarnings(current: Tenant | undefined, decision: Decision | undefined): string[] {
  if (!current) return [];
  const { operation, phase } = current;
  const running = `${operation.type} is in progress (operation ${operation.operation_id})`;
  if (decision?.kind === 'joined') return [`${running}; it works towards this specification already`];
  if (isRunning(current)) return [`${running}; until it ends, this specification is refused`];
  if (phases[phase].stopped) return ['the tenant is stopped; what changes comes up when it is started'];
  const error = operation.error?.message ?? 'see its last operation';
  return phases[phase].failed ? [`the tenant failed (${error}); this would be another try`] : [];
}

/**
 * Returns the changes in the order of the given specification, and then what was removed. Without `before` everything is
 * new, and nothing is replaced.
 */
async function changesBetween(
  before: TenantComputeSpec | undefined,
  after: TenantComputeSpec,
  fingerprintsOf: FingerprintsOf,
): Promise<PlannedChange[]> {
  const old = before ? fieldsOf(before) : new Map<string, Field>();
  const given = fieldsOf(after);
  const added = [...given].filter(([key, { text }]) => old.get(key)?.text !== text);
  const removed = [...old].filter(([key]) => !given.has(key));
  const drafts = [
    ...added.map(([key, { pointer, part, shown }]) => draft(pointer, part, old.get(key), { shown })),
    ...removed.map(([, field]) => draft(field.pointer, field.part, field, undefined)),
    ...(before ? orderChange(before, after) : []),
  ];
  if (!before) return drafts.map(({ change }) => ({ ...change, effect: 'in_place' }));
  const parts = drafts.map(({ part }) => part);
  const effectOf = await effectsOf(before, after, parts, fingerprintsOf);
  return drafts.map(({ change, part }) => ({ ...change, effect: effectOf(part) }));
}

interface Draft {
  change: Omit<PlannedChange, 'effect'>;
  part: Part;
}

function draft(
  pointer: string,
  part: Part,
  before: { shown: unknown } | undefined,
  after: { shown: unknown } | undefined,
): Draft {
  const change = {
    pointer,
    ...(before && { before: before.shown as z.core.util.JSONType }),
    ...(after && { after: after.shown as z.core.util.JSONType }),
  };
  return { change, part };
}

/** Returns the change of the containers' order, which belongs to none of them. */
function orderChange(before: TenantComputeSpec, after: TenantComputeSpec): Draft[] {
  const sharedNames = ({ containers }: TenantComputeSpec, other: TenantComputeSpec) =>
    containers.map(({ name }) => name).filter((name) => other.containers.some((one) => one.name === name));
  const [from, to] = [sharedNames(before, after), sharedNames(after, before)];
  if (from.join() === to.join()) return [];
  return [draft('/containers', { kind: 'order' }, { shown: from }, { shown: to })];
}
