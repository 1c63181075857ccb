import {
  cancelProblems,
  changeProblems,
  changing,
  controlProblems,
  mutationProblems,
  orphanTable,
  providerProblems,
  provisionAnswers,
  reading,
  readingRegistry,
  reconciling,
  specProblems,
  startingProblems,
  tableProblems,
  tracked,
  updateAnswers,
} from './operations/profiles.ts';
import type { Route, RoutedRow, Trigger, TriggeredRow } from './operations/row.ts';
import { triggeredRows } from './operations/triggered-rows.ts';

/**
 * The table of operations. Each row is one file of its name in this folder, one Lambda function with a role of its own,
 * and, for a routed row, one route and one operation of the OpenAPI document. Everything that has to know all operations
 * reads this table: infrastructure, permissions, bundles, budgets, the local host, the document and the docs.
 *
 * It is plain data and imports no schema, so that a client can read it too.
 */
export const operations = {
  'provision-tenant': {
    ...changing,
    route: { method: 'POST', path: '/v1/tenants' },
    scope: 'change',
    summary: 'Provisions a tenant from a specification.',
    body: 'TenantComputeSpec',
    answers: provisionAnswers,
    problems: [...changeProblems, 'tenant_exists'],
    provider: reconciling,
  },
  'list-tenants': {
    ...reading,
    route: { method: 'GET', path: '/v1/tenants' },
    scope: 'read',
    summary: 'Lists tenants by id, page by page.',
    query: 'ListQuery',
    answers: { 200: { meaning: 'A page. It may be short or empty and still have a next one.', body: 'TenantList' } },
    problems: providerProblems,
    // The first call writes the key that signs cursors.
    table: { items: ['read', 'write'], lists: ['listed', 'provider', 'phase'] },
    provider: [],
  },
  'validate-tenant-spec': {
    ...reading,
    route: { method: 'POST', path: '/v1/tenants/validate' },
    scope: 'read',
    summary: 'Validates a specification and provisions nothing.',
    body: 'TenantComputeSpec',
    answers: { 200: { meaning: 'The specification is valid.', body: 'ValidationResult' } },
    problems: specProblems,
    table: {},
    provider: ['validate'],
  },
  'plan-tenant': {
    ...reading,
    memory: 1024,
    budget: 'changes',
    route: { method: 'POST', path: '/v1/tenants/plan' },
    // It tells whether a specification is the present one, env values included, which are hidden from readers.
    scope: 'change',
    summary: 'Shows what a provision or an update would do, and changes nothing.',
    body: 'TenantComputeSpec',
    answers: { 200: { meaning: 'The plan.', body: 'Plan' } },
    problems: [...specProblems, 'place_changed'],
    table: { items: ['read'] },
    provider: ['validate', 'status'],
  },
  'update-tenant': {
    ...changing,
    route: { method: 'PUT', path: '/v1/tenants/{tenant_id}' },
    scope: 'change',
    summary: 'Updates a tenant to a new specification.',
    body: 'TenantComputeSpec',
    answers: updateAnswers(
      'The tenant matches the specification.',
      'The new version is starting. Follow the operation.',
    ),
    problems: [...changeProblems, 'tenant_not_found'],
    provider: reconciling,
  },
  'get-tenant': {
    ...reading,
    route: { method: 'GET', path: '/v1/tenants/{tenant_id}' },
    scope: 'read',
    summary: 'Returns the desired state of a tenant, its phase and its conditions.',
    answers: {
      200: {
        meaning: 'The tenant. A destroyed tenant remains readable for 30 days.',
        body: 'Tenant',
        headers: ['ETag'],
      },
    },
    problems: [...tableProblems, 'tenant_not_found'],
    table: { items: ['read'] },
    provider: [],
  },
  'list-revisions': {
    ...reading,
    route: { method: 'GET', path: '/v1/tenants/{tenant_id}/revisions' },
    scope: 'read',
    summary: 'Lists revisions, newest first.',
    query: 'PageQuery',
    answers: { 200: { meaning: 'The revisions.', body: 'RevisionList' } },
    problems: [...providerProblems, 'tenant_not_found'],
    // The first call with a next page writes the key that signs cursors.
    table: { items: ['read', 'write'], lists: ['table'] },
    provider: [],
  },
  'diff-revisions': {
    ...reading,
    route: { method: 'GET', path: '/v1/tenants/{tenant_id}/revisions/diff' },
    scope: 'read',
    summary: 'Compares two revisions.',
    query: 'DiffQuery',
    answers: { 200: { meaning: 'What differs. Env values are redacted.', body: 'RevisionDiff' } },
    problems: [...providerProblems, 'tenant_not_found', 'revision_not_found'],
    table: { items: ['read'], lists: ['table'] },
    provider: [],
  },
  'list-operations': {
    ...reading,
    route: { method: 'GET', path: '/v1/tenants/{tenant_id}/operations' },
    scope: 'read',
    summary: 'Lists operations, newest first.',
    query: 'PageQuery',
    answers: { 200: { meaning: 'The operations.', body: 'OperationList' } },
    problems: [...providerProblems, 'tenant_not_found'],
    // The first call with a next page writes the key that signs cursors.
    table: { items: ['read', 'write'], lists: ['table'] },
    provider: [],
  },
  'rollback-tenant': {
    ...changing,
    route: { method: 'POST', path: '/v1/tenants/{tenant_id}/rollback' },
    scope: 'change',
    summary: 'Makes an earlier revision the desired state.',
    body: 'RollbackRequest',
    answers: updateAnswers('The tenant matches that revision.', 'That revision is starting. Follow the operation.'),
    problems: [...changeProblems, 'tenant_not_found', 'revision_not_found'],
    provider: reconciling,
  },
  'stop-tenant': {
    ...changing,
    route: { method: 'POST', path: '/v1/tenants/{tenant_id}/stop' },
    scope: 'change',
    summary: 'Stops a tenant, which keeps its address.',
    answers: updateAnswers('The tenant is stopped.', 'The tenant is stopping. Follow the operation.'),
    problems: controlProblems,
    provider: reconciling,
  },
  'start-tenant': {
    ...changing,
    route: { method: 'POST', path: '/v1/tenants/{tenant_id}/start' },
    scope: 'change',
    summary: 'Starts a stopped tenant with its latest revision.',
    answers: updateAnswers('The tenant runs.', 'The tenant is starting. Follow the operation.'),
    problems: [...startingProblems, 'start_failed'],
    provider: reconciling,
  },
  'restart-tenant': {
    ...changing,
    route: { method: 'POST', path: '/v1/tenants/{tenant_id}/restart' },
    scope: 'change',
    summary: 'Replaces the containers of a tenant.',
    answers: updateAnswers('New containers serve.', 'New containers are starting. Follow the operation.'),
    problems: [...startingProblems, 'provision_failed', 'update_failed', 'tenant_stopped', 'tenant_not_serving'],
    provider: reconciling,
  },
  'destroy-tenant': {
    ...changing,
    route: { method: 'DELETE', path: '/v1/tenants/{tenant_id}' },
    scope: 'destroy',
    summary: 'Destroys a tenant and everything it owns.',
    query: 'ProviderQuery',
    answers: {
      202: { meaning: 'The tenant is stopping. Follow the operation.', body: 'ComputeStatus', headers: tracked },
      204: { meaning: 'The tenant is gone or never existed.', headers: tracked },
    },
    problems: [...mutationProblems, 'provider_not_found'],
    provider: reconciling,
  },
  'get-tenant-status': {
    ...reading,
    route: { method: 'GET', path: '/v1/tenants/{tenant_id}/status' },
    scope: 'read',
    summary: 'Returns the state that the provider observes.',
    query: 'ProviderQuery',
    headers: ['Cache-Control'],
    answers: {
      200: { meaning: 'The status. The header Age is its age in seconds.', body: 'ComputeStatus', headers: ['Age'] },
    },
    problems: [...providerProblems, 'tenant_not_found', 'provider_not_found', 'place_changed'],
    table: { items: ['read'] },
    provider: ['status'],
  },
  'get-tenant-logs': {
    ...reading,
    route: { method: 'GET', path: '/v1/tenants/{tenant_id}/logs' },
    scope: 'read',
    summary: 'Returns log lines of the containers.',
    query: 'LogsQuery',
    answers: {
      200: { meaning: 'Lines, oldest first. next_cursor continues after them, now or later.', body: 'LogPage' },
    },
    problems: [...providerProblems, 'tenant_not_found', 'provider_not_found', 'place_changed', 'unsupported'],
    table: { items: ['read'] },
    provider: ['logs'],
  },
  'get-operation': {
    ...reading,
    reservesConcurrency: 'waiting',
    route: { method: 'GET', path: '/v1/operations/{operation_id}' },
    scope: 'read',
    summary: 'Returns an operation, or waits for its end.',
    query: 'WaitQuery',
    answers: { 200: { meaning: 'The operation.', body: 'Operation' } },
    problems: [...tableProblems, 'operation_not_found'],
    table: { items: ['read'] },
    provider: [],
  },
  'cancel-operation': {
    ...changing,
    route: { method: 'POST', path: '/v1/operations/{operation_id}/cancel' },
    scope: 'change',
    summary: 'Cancels an operation.',
    answers: {
      202: { meaning: 'The operation that goes back. Follow it.', body: 'Operation', headers: tracked },
    },
    problems: [...cancelProblems, 'operation_not_found', 'operation_not_cancellable'],
    provider: reconciling,
  },
  'list-activity': {
    ...reading,
    route: { method: 'GET', path: '/v1/operations' },
    scope: 'read',
    summary: 'Lists the operations of all tenants, newest first.',
    query: 'ActivityQuery',
    answers: { 200: { meaning: 'A page. It may be short or empty and still have a next one.', body: 'ActivityList' } },
    problems: tableProblems,
    // The first call writes the key that signs cursors.
    table: { items: ['read', 'write'], lists: ['activity'] },
    provider: [],
  },
  'get-installation': {
    ...reading,
    route: { method: 'GET', path: '/v1/installation' },
    scope: 'read',
    summary: 'Returns the identity of this installation.',
    answers: {
      200: { meaning: 'The id, which is on everything that this installation creates.', body: 'Installation' },
    },
    problems: tableProblems,
    table: { items: ['read', 'write'] },
    provider: [],
  },
  'list-orphans': {
    ...readingRegistry,
    route: { method: 'GET', path: '/v1/orphans' },
    scope: 'read',
    summary: 'Lists resources without a tenant on record.',
    query: 'OrphanQuery',
    answers: { 200: { meaning: 'A page.', body: 'OrphanList' } },
    problems: [...tableProblems, 'provider_not_found'],
    table: { items: ['read'], lists: ['table'] },
    provider: [],
  },
  'adopt-orphan': {
    ...changing,
    route: { method: 'POST', path: '/v1/orphans/{provider}/{tenant_id}/adopt' },
    scope: 'admin',
    summary: 'Makes an orphan a tenant.',
    body: 'TenantComputeSpec',
    answers: provisionAnswers,
    problems: [...changeProblems, 'tenant_exists', 'orphan_not_found'],
    table: orphanTable,
    provider: reconciling,
  },
  'remove-orphan': {
    ...changing,
    route: { method: 'POST', path: '/v1/orphans/{provider}/{tenant_id}/remove' },
    scope: 'admin',
    summary: 'Removes an orphan.',
    answers: {
      202: { meaning: 'The orphan is stopping. Follow the operation.', body: 'ComputeStatus', headers: tracked },
      204: { meaning: 'The orphan is gone.', headers: tracked },
    },
    problems: [...mutationProblems, 'provider_not_found', 'tenant_exists', 'orphan_not_found'],
    table: orphanTable,
    provider: reconciling,
  },
  'list-providers': {
    ...readingRegistry,
    route: { method: 'GET', path: '/v1/providers' },
    scope: 'read',
    summary: 'Lists the names of the registered providers.',
    answers: { 200: { meaning: 'The names, sorted.', body: 'ProviderList' } },
    problems: [],
    table: {},
    provider: [],
  },
  'get-provider': {
    ...readingRegistry,
    route: { method: 'GET', path: '/v1/providers/{name}' },
    scope: 'read',
    summary: 'Describes the capabilities and the settings of a provider.',
    answers: { 200: { meaning: 'The provider.', body: 'Provider' } },
    problems: ['provider_not_found'],
    table: {},
    provider: [],
  },
  ...triggeredRows,
} as const satisfies Record<string, RoutedRow | TriggeredRow>;

type Rows = typeof operations;
export type OperationName = keyof Rows;
/** An operation that has a route. */
export type RoutedOperation = {
  [Name in OperationName]: Rows[Name] extends RoutedRow ? Name : never;
}[OperationName];

/** All operations, sorted. */
export const operationNames = (Object.keys(operations) as OperationName[]).sort();

/** The routes of the HTTP API, in the order of the table. */
export const routes: readonly (Route & { operation: RoutedOperation })[] = Object.entries(operations).flatMap(
  ([operation, row]) => ('route' in row ? [{ operation: operation as RoutedOperation, ...row.route }] : []),
);

/** Returns the trigger of an operation, or undefined if it has a route. */
export function triggerOf(operation: OperationName): Trigger | undefined {
  const row = operations[operation];
  return 'trigger' in row ? row.trigger : undefined;
}
