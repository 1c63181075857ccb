import { addMs } from '../decide/decide.ts';
import type { QueueName, Tenant } from '../model/tenant.ts';
import type { CallKind } from './rates.ts';

/**
 * In which lines tenants wait for calls of a kind, where their provider throttles. Provisions and updates need the same
 * calls, so they are called up by turns; within a line, who asked first comes first, however often it was tried meanwhile.
 */
export const queuesOf: Readonly<Record<CallKind, readonly QueueName[]>> = {
  change: ['provision', 'update'],
  destroy: ['destroy'],
  look: ['look'],
};

/** What the next try of a tenant's operation calls its provider for. What the provider took on is only looked at. */
export function callKindOf({ operation }: Tenant): CallKind {
  if (operation.applied) return 'look';
  return operation.type === 'destroy' ? 'destroy' : 'change';
}

function lineOf(tenant: Tenant): QueueName {
  const kind = callKindOf(tenant);
  if (kind !== 'change') return kind;
  return tenant.operation.type === 'provision' ? 'provision' : 'update';
}

/** The tenant in its line, from that time on. `act`: nobody has called the provider for this operation yet. */
export function enqueued(tenant: Tenant, at: string, { backend, act }: { backend: string; act: boolean }): Tenant {
  const { operation } = tenant;
  const name = lineOf(tenant);
  const waiting = `waiting for its turn: ${tenant.provider_type} takes no more calls at present`;
  return {
    ...tenant,
    lease: undefined,
    next_at: at,
    line: { backend, name, act },
    operation: name === 'look' ? operation : { ...operation, queued_at: operation.queued_at ?? at, message: waiting },
  };
}

/** Whether a tenant waits for a turn of that kind. */
export function isQueued({ line, next_at = '' }: Tenant, kind: CallKind, now: string): boolean {
  return line !== undefined && queuesOf[kind].includes(line.name) && next_at <= now;
}

/** The tenant out of its line. The time there is not the provider's, so the operation's deadline moves by as much. */
export function dequeued(tenant: Tenant, now: string): Tenant {
  const { line, operation, next_at = now } = tenant;
  if (!line) return tenant;
  const waited = Math.max(0, Date.parse(now) - Date.parse(next_at));
  const deadline_at = operation.deadline_at && addMs(operation.deadline_at, waited);
  return { ...tenant, line: undefined, operation: { ...operation, deadline_at } };
}

/** The keys under which a tenant with unfinished work is found: what is due, or its line and its place there. */
export function workKeysOf({ line, operation, next_at, updated_at }: Tenant) {
  const due = next_at ?? updated_at;
  if (!line) return { work: 'work', work_at: due };
  return {
    work: queueKey(line.backend, line.name),
    work_at: line.name === 'look' ? due : operation.requested_at,
  };
}

export function queueKey(backend: string, name: QueueName): string {
  return `line#${backend}#${name}`;
}
