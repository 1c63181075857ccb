/** What a function may weigh, in KB of JavaScript: all of it, and what a cold start reads before the first event. */
export interface Budget {
  total: number;
  loaded: number;
  /** Processor time of a process that imports the function, over one that imports an empty handler. */
  coldImport: number;
}

/** They share almost everything: what differs between them is lazily loaded, or small. */
const reads: Budget = { total: 680, loaded: 122, coldImport: 1.6 };
const changes: Budget = { total: 700, loaded: 145, coldImport: 1.7 };
const events: Budget = { total: 720, loaded: 154, coldImport: 1.7 };

/** Of each function, with the provider `ecs`. `npm run size` prints what they take, and fails where it is more. */
export const budgets: Readonly<Record<string, Budget>> = {
  'destroy-tenant': changes,
  'get-operation': reads,
  'get-provider': reads,
  'get-tenant': reads,
  'get-tenant-logs': reads,
  'get-tenant-status': reads,
  'list-operations': reads,
  'list-providers': reads,
  'list-revisions': reads,
  'list-tenants': reads,
  'on-provider-event': events,
  'on-sweep': events,
  'on-tenant-changed': events,
  'on-tenant-requested': events,
  'plan-tenant': changes,
  'provision-tenant': changes,
  'rollback-tenant': changes,
  'unmatched-route': reads,
  'update-tenant': changes,
  'validate-tenant-spec': reads,
};
