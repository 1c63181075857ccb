import type * as z from 'zod';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { SpecChange } from './plan.ts';
import { type Field, fieldsOf, type Part } from './spec-fields.ts';

/** A difference between two specifications, and the part of the specification that it belongs to. */
export interface PartChange {
  change: SpecChange;
  part: Part;
}

/**
 * Returns the differences in the order of the second specification, and then what was removed. Env values are redacted.
 * Without `before` everything is new.
 */
export function specChanges(before: TenantComputeSpec | undefined, after: TenantComputeSpec): PartChange[] {
  const old = before ? fieldsOf(before) : new Map<string, Field>();
  const given = fieldsOf(after);
  const added = [...given].filter(([key, { text }]) => old.get(key)?.text !== text);
  const removed = [...old].filter(([key]) => !given.has(key));
  return [
    ...added.map(([key, { pointer, part, shown }]) => changeOf(pointer, part, old.get(key), { shown })),
    ...removed.map(([, field]) => changeOf(field.pointer, field.part, field, undefined)),
    ...(before ? orderChange(before, after) : []),
  ];
}

function changeOf(
  pointer: string,
  part: Part,
  before: { shown: unknown } | undefined,
  after: { shown: unknown } | undefined,
): PartChange {
  const change = {
    pointer,
    ...(before && { before: before.shown as z.core.util.JSONType }),
    ...(after && { after: after.shown as z.core.util.JSONType }),
  };
  return { change, part };
}

/** Returns the change of the containers' order, which belongs to none of them. */
function orderChange(before: TenantComputeSpec, after: TenantComputeSpec): PartChange[] {
  const sharedNames = ({ containers }: TenantComputeSpec, other: TenantComputeSpec) =>
    containers.map(({ name }) => name).filter((name) => other.containers.some((one) => one.name === name));
  const [from, to] = [sharedNames(before, after), sharedNames(after, before)];
  if (from.join() === to.join()) return [];
  return [changeOf('/containers', { kind: 'order' }, { shown: from }, { shown: to })];
}
