import type * as z from 'zod';
import { OperationInProgressError } from '../../compute/errors.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { newIncarnation } from '../model/incarnation.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';
import { type Decision, decide } from './decide.ts';
import { effectsOf, type TellFingerprints } from './effects.ts';
import type { PlannedChange, TenantPlan } from './plan.ts';
import { type Field, fieldsOf, type Part } from './spec-fields.ts';

/** The tenant that an update would be of: one that is gone, or about to be, is provisioned anew. */
export function tenantToUpdate(current: Tenant | undefined): Tenant | undefined {
  return current && current.phase !== 'destroyed' && current.phase !== 'destroying' ? current : undefined;
}

/**
 * The plan for a specification that is valid, with its env values restored. It decides as the request itself would. Throws
 * what that would throw, except where it would have to wait: what runs is told as a warning.
 */
export async function planOf(
  current: Tenant | undefined,
  spec: TenantComputeSpec,
  { warnings, tell, now }: { warnings: readonly string[]; tell: TellFingerprints; now: string },
): Promise<TenantPlan> {
  const before = tenantToUpdate(current);
  const decision = preview(current, spec, now);
  const isDone = decision?.kind === 'unchanged' || decision?.kind === 'joined';
  return {
    tenant_id: spec.tenant_id,
    provider_type: spec.provider_type,
    action: isDone ? 'none' : before ? 'update' : 'provision',
    revision: before?.desired.revision ?? null,
    changes: isDone ? [] : await changesBetween(before?.desired.spec, spec, tell),
    warnings: [...warnings, ...stateWarnings(current, decision)],
  };
}

/** What would be decided; nothing while something else runs. */
function preview(current: Tenant | undefined, spec: TenantComputeSpec, now: string): Decision | undefined {
  const type = tenantToUpdate(current) ? 'update' : 'provision';
  const request = { tenant_id: spec.tenant_id, wish: { type, spec } as const, actor: '' };
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
  const error = operation.error?.message ?? 'see its last operation';
  return phase === 'failed' ? [`the tenant failed (${error}); this would be another try`] : [];
}

/** In the order of the given specification, and then what is gone. Without `before`, all of it is new, and nothing is replaced. */
async function changesBetween(
  before: TenantComputeSpec | undefined,
  after: TenantComputeSpec,
  tell: TellFingerprints,
): Promise<PlannedChange[]> {
  const old = before ? fieldsOf(before) : new Map<string, Field>();
  const given = fieldsOf(after);
  const added = [...given].filter(([key, { text }]) => old.get(key)?.text !== text);
  const gone = [...old].filter(([key]) => !given.has(key));
  const drafts = [
    ...added.map(([key, { pointer, part, shown }]) => draft(pointer, part, old.get(key), { shown })),
    ...gone.map(([, field]) => draft(field.pointer, field.part, field, undefined)),
    ...(before ? orderChange(before, after) : []),
  ];
  if (!before) return drafts.map(({ change }) => ({ ...change, effect: 'in_place' }));
  const effectOf = await effectsOf(
    before,
    after,
    drafts.map(({ part }) => part),
    tell,
  );
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

/** The order of the containers says nothing of any of them, and is part of the specification all the same. */
function orderChange(before: TenantComputeSpec, after: TenantComputeSpec): Draft[] {
  const names = ({ containers }: TenantComputeSpec, other: TenantComputeSpec) =>
    containers.map(({ name }) => name).filter((name) => other.containers.some((one) => one.name === name));
  const [from, to] = [names(before, after), names(after, before)];
  if (from.join() === to.join()) return [];
  return [draft('/containers', { kind: 'order' }, { shown: from }, { shown: to })];
}
