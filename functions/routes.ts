export interface Route {
  /** The name of the operation: also of its file here, its Lambda function and its logs. */
  operation: string;
  method: 'DELETE' | 'GET' | 'POST' | 'PUT';
  /** A path as API Gateway writes it: `{name}` stands for one segment. */
  path: string;
  /** What it does, in one sentence. */
  summary: string;
  /** The query parameters it knows; any other is refused. */
  query?: readonly string[];
  /** What each status of success means. */
  answers: Readonly<Record<number, string>>;
}

/** The HTTP interface as plain data, for whoever has to know it without loading a handler. */
export const routes = [
  {
    operation: 'provision-tenant',
    method: 'POST',
    path: '/v1/tenants',
    summary: 'Brings a tenant up as its specification says.',
    answers: {
      200: 'An identical tenant was already there.',
      201: 'The tenant is up.',
      202: 'The tenant is coming up; the operation tells when it is done.',
    },
  },
  {
    operation: 'list-tenants',
    method: 'GET',
    path: '/v1/tenants',
    summary: 'Lists tenants in the order of their ids, a page at a time.',
    query: ['provider', 'phase', 'label', 'limit', 'cursor'],
    answers: { 200: 'A page; it may be short, or empty, and still have a next one.' },
  },
  {
    operation: 'validate-tenant-spec',
    method: 'POST',
    path: '/v1/tenants/validate',
    summary: 'Checks a specification without provisioning anything.',
    answers: { 200: 'The specification may be provisioned.' },
  },
  {
    operation: 'plan-tenant',
    method: 'POST',
    path: '/v1/tenants/plan',
    summary: 'Tells what a provision or an update with a specification would do, and does nothing.',
    answers: { 200: 'The plan.' },
  },
  {
    operation: 'update-tenant',
    method: 'PUT',
    path: '/v1/tenants/{tenant_id}',
    summary: 'Brings a tenant to a new specification.',
    answers: {
      200: 'The tenant is as the specification says.',
      202: 'The new version is coming up; the operation tells when it is done.',
    },
  },
  {
    operation: 'get-tenant',
    method: 'GET',
    path: '/v1/tenants/{tenant_id}',
    summary: 'Tells what is desired of a tenant, how far it is, and why it is not ready.',
    answers: { 200: 'The tenant, or what is kept of a destroyed one for 30 days.' },
  },
  {
    operation: 'list-revisions',
    method: 'GET',
    path: '/v1/tenants/{tenant_id}/revisions',
    summary: 'Lists who changed what of a tenant, and when, newest first.',
    query: ['limit'],
    answers: { 200: 'The revisions.' },
  },
  {
    operation: 'list-operations',
    method: 'GET',
    path: '/v1/tenants/{tenant_id}/operations',
    summary: 'Lists what was asked for of a tenant, and how it came out, newest first.',
    query: ['limit'],
    answers: { 200: 'The operations.' },
  },
  {
    operation: 'rollback-tenant',
    method: 'POST',
    path: '/v1/tenants/{tenant_id}/rollback',
    summary: 'Makes an old revision the new desired state.',
    answers: {
      200: 'The tenant is as it was in that revision.',
      202: 'The old revision is coming up; the operation tells when it is done.',
    },
  },
  {
    operation: 'destroy-tenant',
    method: 'DELETE',
    path: '/v1/tenants/{tenant_id}',
    summary: 'Removes everything of a tenant.',
    query: ['provider'],
    answers: {
      202: 'The tenant is stopping; the operation tells when it is gone.',
      204: 'The tenant is gone, or was never there.',
    },
  },
  {
    operation: 'get-tenant-status',
    method: 'GET',
    path: '/v1/tenants/{tenant_id}/status',
    summary: 'Tells what the provider observes of a tenant.',
    query: ['provider'],
    answers: { 200: 'The status; the header Age tells how many seconds old it is.' },
  },
  {
    operation: 'get-tenant-logs',
    method: 'GET',
    path: '/v1/tenants/{tenant_id}/logs',
    summary: 'Gives what the containers of a tenant wrote, a page at a time.',
    query: ['container', 'tail', 'cursor'],
    answers: { 200: 'Lines, oldest first; next_cursor gives what comes after them, also later.' },
  },
  {
    operation: 'get-operation',
    method: 'GET',
    path: '/v1/operations/{operation_id}',
    summary: 'Tells how an operation came out, or how far it is; it can wait for the end.',
    query: ['wait'],
    answers: { 200: 'The operation.' },
  },
  {
    operation: 'list-providers',
    method: 'GET',
    path: '/v1/providers',
    summary: 'Lists the names of the registered providers.',
    answers: { 200: 'The names, sorted.' },
  },
  {
    operation: 'get-provider',
    method: 'GET',
    path: '/v1/providers/{name}',
    summary: 'Describes a provider: its capabilities and its settings.',
    answers: { 200: 'The provider.' },
  },
] as const satisfies readonly Route[];

export type OperationName = (typeof routes)[number]['operation'];
