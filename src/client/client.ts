import { authorizerOf } from './authorize.ts';
import { ClientUsageError, UnexpectedAnswerError } from './errors.ts';
import { followEvents } from './events.ts';
import { EXEC_PROTOCOL, TOKEN_PREFIX } from './exec/frames.ts';
import { createHttp } from './http.ts';
import { type ClientOptions, resolveOptions } from './options.ts';
import { eachPage } from './pages.ts';
import { type RolloutCalls, rolloutCalls } from './rollouts/calls.ts';
import { createTransport, type Reply } from './transport.ts';
import type * as t from './types.ts';
import { waitForOperation } from './wait.ts';

/**
 * The HTTP API of Berth, one method for each operation.
 *
 * Errors of every method:
 * - `ProblemError`: Berth refused the request or failed
 * - `UnreachableError`, `UnexpectedAnswerError`: nothing answered at the endpoint, or something other than Berth did
 * - `SigningError`, `ClientUsageError`: nothing was sent, for lack of credentials or because of an invalid argument
 * - the reason of its signal
 *
 * Retries: a request is sent again, up to `maxAttempts` times in all, after a lost connection, a 429 or a retryable 5xx.
 * A mutation carries an idempotency key, the same in all its attempts, so it takes effect once. Give `idempotencyKey` to
 * extend that to calls of your own.
 */
export interface Client extends RolloutCalls {
  /** The base address, without a slash at its end. */
  readonly endpoint: string;
  /** Provisions a tenant. Status 201 done, 202 in progress, 200 an identical tenant exists. */
  provisionTenant(spec: t.TenantComputeSpec, options?: t.MutationOptions): Promise<t.Answer<t.ProvisionResult>>;
  /** Updates a tenant to a new specification. Status 200 done or no changes, 202 in progress. */
  updateTenant(
    tenantId: string,
    spec: t.TenantComputeSpec,
    options?: t.ConditionalOptions,
  ): Promise<t.Answer<t.UpdateResult>>;
  /** Makes an earlier revision the desired one again, as a new revision. Status 200 done, 202 in progress. */
  rollbackTenant(tenantId: string, revision: number, options?: t.ConditionalOptions): Promise<t.Answer<t.UpdateResult>>;
  /** Stops a tenant, which keeps its address, revision and history. Status 200 done, 202 in progress. */
  stopTenant(tenantId: string, options?: t.ConditionalOptions): Promise<t.Answer<t.UpdateResult>>;
  /** Starts a stopped tenant with its latest revision. Status 200 done or no changes, 202 in progress. */
  startTenant(tenantId: string, options?: t.ConditionalOptions): Promise<t.Answer<t.UpdateResult>>;
  /** Replaces the containers of a tenant, one for one. Status 200 done, 202 in progress. */
  restartTenant(tenantId: string, options?: t.ConditionalOptions): Promise<t.Answer<t.UpdateResult>>;
  /** Removes a tenant. Status 204 without data: removed, or it never existed. 202 in progress. */
  destroyTenant(
    tenantId: string,
    options?: t.ConditionalOptions & { provider?: string | undefined },
  ): Promise<t.Answer<t.ComputeStatus | undefined>>;
  /** Returns the desired specification, the revision, the phase and its conditions, and the last operation. */
  getTenant(tenantId: string, options?: t.CallOptions): Promise<t.Answer<t.Tenant>>;
  /** Returns what the provider observes. Berth may cache it for some seconds; `fresh` bypasses the cache. */
  getTenantStatus(
    tenantId: string,
    options?: t.CallOptions & { provider?: string | undefined; fresh?: boolean | undefined },
  ): Promise<t.Answer<t.ComputeStatus>>;
  /**
   * Returns one page of tenants by ascending id. Pass `next_cursor` as `cursor` for the next page; null ends the list.
   */
  listTenants(
    options?: t.CallOptions & t.TenantFilters & { cursor?: string | undefined },
  ): Promise<t.Answer<t.TenantList>>;
  /** Iterates over all tenants. A page is requested when the iteration reaches it. */
  tenants(options?: t.CallOptions & t.TenantFilters): AsyncIterable<t.TenantSummary>;
  /** Returns the revisions of a tenant, newest first: who changed what, and when. */
  listRevisions(tenantId: string, options?: t.LimitOptions): Promise<t.Answer<t.RevisionList>>;
  /** Compares two revisions. Default: the serving one, or the one before, with the desired one. Env values are redacted. */
  diffRevisions(
    tenantId: string,
    options?: t.CallOptions & { from?: number | undefined; to?: number | undefined },
  ): Promise<t.Answer<t.RevisionDiff>>;
  /** Returns the operations of a tenant, newest first. */
  listOperations(tenantId: string, options?: t.LimitOptions): Promise<t.Answer<t.OperationList>>;
  /** Returns one page of the operations of all tenants, newest first. Cursors are as for `listTenants`. */
  listActivity(options?: t.LimitOptions & t.ActivityFilters): Promise<t.Answer<t.ActivityList>>;
  /** Returns an operation. With `wait` (seconds, at most 20) it returns when the operation ends or that time is over. */
  getOperation(
    operationId: string,
    options?: t.CallOptions & { wait?: number | undefined },
  ): Promise<t.Answer<t.Operation>>;
  /**
   * Cancels a running operation: the tenant goes back to the revision that serves. Status 202 with the operation that goes
   * back. Throws `ProblemError` with code `operation_not_cancellable` where there is nothing to cancel.
   */
  cancelOperation(operationId: string, options?: t.ConditionalOptions): Promise<t.Answer<t.Operation>>;
  /**
   * Approves the version that an operation waits with (condition `Waiting`). Status 202 with the operation, which goes on.
   * Repeating it changes nothing. Throws `ProblemError` with code `nothing_to_approve`, or `unsupported` where versions on
   * the provider do not wait.
   */
  approveOperation(operationId: string, options?: t.CallOptions): Promise<t.Answer<t.Operation>>;
  /** Validates a specification without side effects. Throws `ProblemError` with all `errors` if it is invalid. */
  validateTenantSpec(spec: t.TenantComputeSpec, options?: t.CallOptions): Promise<t.Answer<t.ValidationResult>>;
  /** Returns what a provision or update with this specification would change, without side effects. */
  planTenant(spec: t.TenantComputeSpec, options?: t.CallOptions): Promise<t.Answer<t.Plan>>;
  /** Returns the newest `tail` log lines, oldest first, or with a `cursor` the lines after those of an earlier page. */
  getTenantLogs(
    tenantId: string,
    options?: t.CallOptions & {
      container?: string | undefined;
      tail?: number | undefined;
      cursor?: string | undefined;
    },
  ): Promise<t.Answer<t.LogPage>>;
  /**
   * Starts a program in a container of a tenant. Status 201, with how to connect to it. A request whose answer was lost is
   * sent again and starts another session. The first one then ends, because no caller connects to it.
   */
  execTenant(tenantId: string, request: t.ExecRequest, options?: t.CallOptions): Promise<t.Answer<t.ExecSession>>;
  /** Returns how to connect to a session of kind `websocket`. */
  sessionStream(session: t.ExecSession): Promise<t.SessionStream>;
  /** Returns the id of the installation, which is on everything that it creates, and since when it exists. */
  getInstallation(options?: t.CallOptions): Promise<t.Answer<t.Installation>>;
  /** Returns one page of orphans: resources that belong to no tenant on record. Cursors are as for `listTenants`. */
  listOrphans(
    options?: t.LimitOptions & { provider?: string | undefined; cursor?: string | undefined },
  ): Promise<t.Answer<t.OrphanList>>;
  /** Makes an orphan a tenant with this specification. Status 201 done, 202 in progress, 200 it is a tenant already. */
  adoptOrphan(
    provider: string,
    tenantId: string,
    spec: t.TenantComputeSpec,
    options?: t.MutationOptions,
  ): Promise<t.Answer<t.ProvisionResult>>;
  /** Removes an orphan. Status 204 without data: removed. 202 in progress. */
  removeOrphan(
    provider: string,
    tenantId: string,
    options?: t.MutationOptions,
  ): Promise<t.Answer<t.ComputeStatus | undefined>>;
  /** Returns the names of the registered providers. */
  listProviders(options?: t.CallOptions): Promise<t.Answer<t.ProviderList>>;
  /** Returns the capabilities of a provider and the JSON Schema of its settings. */
  getProvider(name: string, options?: t.CallOptions): Promise<t.Answer<t.Provider>>;
  /** Waits until an operation ends and returns it, failed ones included. Throws `WaitTimeoutError` after `timeoutMs`. */
  waitForOperation(operationId: string, options?: t.WaitOptions): Promise<t.Operation>;
  /**
   * Streams announcements as they happen; only the local host offers that. A broken stream is resumed after the last
   * announcement, of which the host may repeat some. An aborted signal ends the iteration without an error.
   */
  events(options?: t.EventOptions): AsyncIterable<t.AnnouncementEnvelope>;
}

/** Creates a client, without a request. Throws `ClientUsageError` for invalid options. */
export function createClient(options: ClientOptions): Client {
  const settings = resolveOptions(options);
  const { endpoint } = settings;
  const authorize = authorizerOf(settings);
  const http = createHttp(endpoint, createTransport(settings, authorize));

  /**
   * Returns the answer to a request. Every answer of the operation has the member `mark`: without it, it is not
   * Berth's.
   */
  async function answer<T>(
    mark: keyof NonNullable<T>,
    sent: Promise<{ data?: T; response: Pick<Reply, 'status' | 'headers'> }>,
  ): Promise<t.Answer<T>> {
    const { data, response } = await sent;
    const { status, headers } = response;
    if (status !== 204 && !Object.hasOwn(data as object, mark)) {
      throw new UnexpectedAnswerError(endpoint, status, `it has no ${String(mark)}`);
    }
    const etag = headers.get('etag');
    const operationId = /^\/v1\/operations\/([^/?#]+)$/.exec(headers.get('location') ?? '')?.[1];
    return {
      status,
      data: data as T,
      ...(etag !== null && { etag }),
      ...(operationId !== undefined && { operationId }),
      headers,
    };
  }

  const client: Client = {
    endpoint,
    ...rolloutCalls({ http, answer, call, query, segment }),
    provisionTenant: (spec, options) =>
      answer('tenant_id', http.POST('/v1/tenants', { body: spec, ...mutation(options, {}) })),
    updateTenant: (id, spec, options) =>
      answer('tenant_id', http.PUT('/v1/tenants/{tenant_id}', { body: spec, ...mutation(options, tenant(id)) })),
    rollbackTenant: (id, revision, options) => {
      const init = { body: { revision }, ...mutation(options, tenant(id)) };
      return answer('tenant_id', http.POST('/v1/tenants/{tenant_id}/rollback', init));
    },
    stopTenant: (id, options) =>
      answer('tenant_id', http.POST('/v1/tenants/{tenant_id}/stop', mutation(options, tenant(id)))),
    startTenant: (id, options) =>
      answer('tenant_id', http.POST('/v1/tenants/{tenant_id}/start', mutation(options, tenant(id)))),
    restartTenant: (id, options) =>
      answer('tenant_id', http.POST('/v1/tenants/{tenant_id}/restart', mutation(options, tenant(id)))),
    destroyTenant: (id, { provider, ...options } = {}) => {
      const init = mutation(options, { ...tenant(id), ...query({ provider }) });
      return answer('tenant_id', http.DELETE('/v1/tenants/{tenant_id}', init));
    },
    getTenant: (id, options) => answer('tenant_id', http.GET('/v1/tenants/{tenant_id}', call(options, tenant(id)))),
    getTenantStatus: (id, { provider, fresh, ...options } = {}) => {
      const header = fresh ? { 'Cache-Control': 'no-cache' } : {};
      const init = call(options, { ...tenant(id), ...query({ provider }), header });
      return answer('tenant_id', http.GET('/v1/tenants/{tenant_id}/status', init));
    },
    listTenants: ({ provider, phase, health, label, limit, cursor, ...options } = {}) => {
      const filters = query({ provider, phase, health, label: toLabels(label), limit, cursor });
      return answer('tenants', http.GET('/v1/tenants', call(options, filters)));
    },
    tenants: (options) => eachTenant(client, options),
    listRevisions: (id, { limit, cursor, ...options } = {}) => {
      const init = call(options, { ...tenant(id), ...query({ limit, cursor }) });
      return answer('revisions', http.GET('/v1/tenants/{tenant_id}/revisions', init));
    },
    diffRevisions: (id, { from, to, ...options } = {}) => {
      const init = call(options, { ...tenant(id), ...query({ from, to }) });
      return answer('changes', http.GET('/v1/tenants/{tenant_id}/revisions/diff', init));
    },
    listOperations: (id, { limit, cursor, ...options } = {}) => {
      const init = call(options, { ...tenant(id), ...query({ limit, cursor }) });
      return answer('operations', http.GET('/v1/tenants/{tenant_id}/operations', init));
    },
    listActivity: ({ state, type, limit, cursor, ...options } = {}) =>
      answer('operations', http.GET('/v1/operations', call(options, query({ state, type, limit, cursor })))),
    getOperation: (operationId, { wait, ...options } = {}) => {
      const path = { operation_id: segment('the operation id', operationId) };
      return answer(
        'operation_id',
        http.GET('/v1/operations/{operation_id}', call(options, { path, ...query({ wait }) })),
      );
    },
    cancelOperation: (operationId, options) => {
      const path = { operation_id: segment('the operation id', operationId), action: 'cancel' as const };
      return answer('operation_id', http.POST('/v1/operations/{operation_id}/{action}', mutation(options, { path })));
    },
    approveOperation: (operationId, options = {}) => {
      const path = { operation_id: segment('the operation id', operationId), action: 'approve' as const };
      return answer('operation_id', http.POST('/v1/operations/{operation_id}/{action}', call(options, { path })));
    },
    validateTenantSpec: (spec, options) =>
      answer('valid', http.POST('/v1/tenants/validate', { body: spec, ...call(options, {}) })),
    planTenant: (spec, options) =>
      answer('action', http.POST('/v1/tenants/plan', { body: spec, ...call(options, {}) })),
    getTenantLogs: (id, { container, tail, cursor, ...options } = {}) => {
      const init = call(options, { ...tenant(id), ...query({ container, tail, cursor }) });
      return answer('lines', http.GET('/v1/tenants/{tenant_id}/logs', init));
    },
    execTenant: (id, request, options) => {
      const init = { body: request as Required<t.ExecRequest>, ...call(options, tenant(id)) };
      return answer('session_id', http.POST('/v1/tenants/{tenant_id}/exec', init));
    },
    sessionStream: async ({ stream_url, token }) => {
      const url = `${endpoint}${stream_url}`;
      const headers = await authorize({ method: 'GET', url, headers: {}, body: undefined });
      return { url: url.replace(/^http/, 'ws'), protocols: [EXEC_PROTOCOL, `${TOKEN_PREFIX}${token}`], headers };
    },
    getInstallation: (options) => answer('installation_id', http.GET('/v1/installation', call(options, {}))),
    listOrphans: ({ provider, limit, cursor, ...options } = {}) =>
      answer('orphans', http.GET('/v1/orphans', call(options, query({ provider, limit, cursor })))),
    adoptOrphan: (provider, id, spec, options) => {
      const init = { body: spec, ...mutation(options, orphan(provider, id)) };
      return answer('tenant_id', http.POST('/v1/orphans/{provider}/{tenant_id}/adopt', init));
    },
    removeOrphan: (provider, id, options) =>
      answer(
        'tenant_id',
        http.POST('/v1/orphans/{provider}/{tenant_id}/remove', mutation(options, orphan(provider, id))),
      ),
    listProviders: (options) => answer('providers', http.GET('/v1/providers', call(options, {}))),
    getProvider: (name, options) => {
      const path = { name: segment('the provider', name) };
      return answer('name', http.GET('/v1/providers/{name}', call(options, { path })));
    },
    waitForOperation: (operationId, options = {}) =>
      waitForOperation(operationId, async (id, read) => (await client.getOperation(id, read)).data, options),
    events: (options = {}) => followEvents(settings, authorize, options),
  };
  return client;
}

/** Iterates over the tenants of a list. Throws like `eachPage`, and for ids that do not ascend. */
async function* eachTenant(
  client: Client,
  options: t.CallOptions & t.TenantFilters = {},
): AsyncGenerator<t.TenantSummary> {
  let last = '';
  const pages = eachPage(client.endpoint, async (cursor) => {
    const { tenants, next_cursor } = (await client.listTenants({ ...options, cursor })).data;
    return { items: tenants, next: next_cursor };
  });
  for await (const tenants of pages) {
    for (const tenant of tenants) {
      if (typeof tenant?.tenant_id !== 'string' || tenant.tenant_id <= last) {
        throw new UnexpectedAnswerError(client.endpoint, 200, 'its list is not in order');
      }
      last = tenant.tenant_id;
      yield tenant;
    }
  }
}

function call<Params>({ signal }: t.CallOptions = {}, params: Params) {
  return { params, ...(signal && { signal }) };
}

function mutation<Params>(options: t.ConditionalOptions = {}, params: Params) {
  const { idempotencyKey = crypto.randomUUID(), ifMatch } = options;
  const header = { 'Idempotency-Key': idempotencyKey, ...(ifMatch !== undefined && { 'If-Match': ifMatch }) };
  return call(options, { ...params, header });
}

function tenant(tenantId: string) {
  return { path: { tenant_id: segment('the tenant id', tenantId) } };
}

function orphan(provider: string, tenantId: string) {
  return { path: { provider: segment('the provider', provider), ...tenant(tenantId).path } };
}

/** Refuses path segments that URL normalization removes: the request would reach another operation. */
function segment(what: string, value: string): string {
  if (typeof value === 'string' && !/^\.{0,2}$/.test(value)) return value;
  throw new ClientUsageError(`${what} must not be ${JSON.stringify(value)}`);
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function query<T extends object>(values: T): { query: Defined<T> } {
  const defined = Object.entries(values).filter(([, value]) => value !== undefined);
  return { query: Object.fromEntries(defined) as Defined<T> };
}

function toLabels(label: t.TenantFilters['label']): string[] | undefined {
  return label && Object.entries(label).map(([key, value]) => `${key}:${value}`);
}
