/** What a function may weigh, in KB of JavaScript: all of it, and what a cold start reads before the first event. */
export interface Budget {
  total: number;
  loaded: number;
  /** Processor time of a process that imports the function, over one that imports an empty handler. */
  coldImport: number;
}

/** They share almost everything: what differs between them is lazily loaded, or small. */
const usual: Budget = { total: 1200, loaded: 365, coldImport: 3.7 };

/** Of each function, with the provider `ecs`. `npm run size` prints what they take, and fails where it is more. */
export const budgets: Readonly<Record<string, Budget>> = {
  'destroy-tenant': usual,
  'get-operation': usual,
  'get-provider': usual,
  'get-tenant': usual,
  'get-tenant-logs': usual,
  'get-tenant-status': usual,
  'list-operations': usual,
  'list-providers': usual,
  'list-revisions': usual,
  'list-tenants': usual,
  'on-provider-event': usual,
  'on-sweep': usual,
  'on-tenant-changed': usual,
  'on-tenant-requested': usual,
  'plan-tenant': usual,
  'provision-tenant': usual,
  'rollback-tenant': usual,
  'unmatched-route': usual,
  'update-tenant': usual,
  'validate-tenant-spec': usual,
};
