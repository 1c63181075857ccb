import { accepted, http } from '../api/http.ts';
import type { Asked } from './asked.ts';
import type { ActionName } from './possible.ts';

interface Action {
  title: string;
  /** Says what will happen, in a sentence or two. */
  plan(asked: Asked): string;
  send(asked: Asked, header: ChangeHeaders): Promise<void>;
  /** True if the id of the tenant has to be typed. */
  typed?: true;
}

/** Refuses the change if the tenant has another revision by now, and makes another try safe. */
interface ChangeHeaders {
  'If-Match': string;
  'Idempotency-Key': string;
}

/** Every action of a tenant: what its dialog says, and the request that it sends. */
export const actions: Readonly<Record<ActionName, Action>> = {
  start: {
    title: 'Start',
    plan: ({ tenant }) => `Brings ${tenant.tenant_id} up again with revision ${tenant.revision}.`,
    send: (asked, header) => accepted(http.POST('/v1/tenants/{tenant_id}/start', paramsOf(asked, header))),
  },
  restart: {
    title: 'Restart',
    plan: ({ tenant }) =>
      `Replaces every container of ${tenant.tenant_id} with a new one of the same revision, ${tenant.revision}. The ` +
      'present ones serve until the new ones are ready.',
    send: (asked, header) => accepted(http.POST('/v1/tenants/{tenant_id}/restart', paramsOf(asked, header))),
  },
  cancel: {
    title: 'Cancel the change',
    plan: ({ tenant: { last_operation: last, serving_revision: serving, revision } }) =>
      `Ends the ${last.type} to revision ${revision}, and goes back to revision ${serving}, which serves.`,
    send: (asked, header) => steer(asked, 'cancel', header),
  },
  approve: {
    title: 'Approve',
    plan: ({ tenant: { tenant_id, revision } }) =>
      `Lets revision ${revision} of ${tenant_id}, which is up and waits, go on to get requests.`,
    send: (asked, header) => steer(asked, 'approve', header),
  },
  rollback: {
    title: 'Roll back',
    plan: ({ tenant, revision }) =>
      `Makes the specification of revision ${revision} the desired one of ${tenant.tenant_id}, as a new revision ` +
      `${tenant.revision + 1}. What serves is replaced once the new version is ready.`,
    send: (asked, header) => {
      const body = { revision: asked.revision ?? 0 };
      return accepted(http.POST('/v1/tenants/{tenant_id}/rollback', { ...paramsOf(asked, header), body }));
    },
  },
  stop: {
    title: 'Stop',
    plan: ({ tenant }) =>
      `Ends every container of ${tenant.tenant_id}, so that it serves no requests. It keeps its address, revision, ` +
      'history and volumes, and can be started again.',
    send: (asked, header) => accepted(http.POST('/v1/tenants/{tenant_id}/stop', paramsOf(asked, header))),
  },
  destroy: {
    title: 'Destroy',
    plan: ({ tenant }) => `Ends every container of ${tenant.tenant_id} and deletes what it owns. There is no way back.`,
    send: (asked, header) => accepted(http.DELETE('/v1/tenants/{tenant_id}', paramsOf(asked, header))),
    typed: true,
  },
};

function paramsOf({ tenant: { tenant_id } }: Asked, header: ChangeHeaders) {
  return { params: { path: { tenant_id }, header } };
}

function steer({ tenant }: Asked, action: 'cancel' | 'approve', header: ChangeHeaders): Promise<void> {
  const path = { operation_id: tenant.last_operation.operation_id, action };
  return accepted(http.POST('/v1/operations/{operation_id}/{action}', { params: { path, header } }));
}
