import createHttp from 'openapi-fetch';
import { authorizerOf } from './authorize.ts';
import { ClientUsageError, UnexpectedAnswerError } from './errors.ts';
import { followEvents } from './events.ts';
import { type ClientOptions, resolveOptions } from './options.ts';
import type { paths } from './schema.d.ts';
import { createTransport } from './transport.ts';
import type {
  AnnouncementEnvelope,
  Answer,
  CallOptions,
  ComputeStatus,
  ConditionalOptions,
  EventOptions,
  LogPage,
  MutationOptions,
  Operation,
  OperationList,
  Plan,
  Provider,
  ProviderList,
  ProvisionResult,
  RevisionList,
  Tenant,
  TenantComputeSpec,
  TenantFilters,
  TenantList,
  TenantSummary,
  UpdateResult,
  ValidationResult,
  WaitOptions,
} from './types.ts';
import { waitForOperation } from './wait.ts';

/**
 * Berth over HTTP, one method for each operation. Every method throws `ProblemError` where Berth refuses or fails,
 * `UnreachableError`, `UnexpectedAnswerError` or `SigningError` where it could not be asked, and the reason of its signal.
 */
export interface Client {
  /** Where it sends its requests. */
  readonly endpoint: string;
  /** Brings a tenant up: status 201 up, 202 coming up, 200 was up already. */
  provisionTenant(spec: TenantComputeSpec, options?: MutationOptions): Promise<Answer<ProvisionResult>>;
  /** Brings a tenant to a new specification: status 200 done, 202 under way. */
  updateTenant(tenantId: string, spec: TenantComputeSpec, options?: ConditionalOptions): Promise<Answer<UpdateResult>>;
  /** Makes an old revision the new desired state: status 200 done, 202 under way. */
  rollbackTenant(tenantId: string, revision: number, options?: ConditionalOptions): Promise<Answer<UpdateResult>>;
  /** Removes everything of a tenant: status 204, and no data, gone; 202 stopping. */
  destroyTenant(
    tenantId: string,
    options?: ConditionalOptions & { provider?: string | undefined },
  ): Promise<Answer<ComputeStatus | undefined>>;
  /** What is desired of a tenant, how far it is, and why it is not ready. */
  getTenant(tenantId: string, options?: CallOptions): Promise<Answer<Tenant>>;
  /** What the provider observes. `fresh`: asked now, not a few seconds ago. */
  getTenantStatus(
    tenantId: string,
    options?: CallOptions & { provider?: string | undefined; fresh?: boolean | undefined },
  ): Promise<Answer<ComputeStatus>>;
  /** One page of tenants; `next_cursor` leads to the next. */
  listTenants(options?: CallOptions & TenantFilters & { cursor?: string | undefined }): Promise<Answer<TenantList>>;
  /** Every tenant, page by page as they are consumed. */
  tenants(options?: CallOptions & TenantFilters): AsyncIterable<TenantSummary>;
  /** Who changed what of a tenant, and when, newest first. */
  listRevisions(
    tenantId: string,
    options?: CallOptions & { limit?: number | undefined },
  ): Promise<Answer<RevisionList>>;
  /** What was asked for of a tenant, newest first. */
  listOperations(
    tenantId: string,
    options?: CallOptions & { limit?: number | undefined },
  ): Promise<Answer<OperationList>>;
  /** How an operation came out, or how far it is. `wait`: answer when it ends, or after so many seconds. */
  getOperation(operationId: string, options?: CallOptions & { wait?: number | undefined }): Promise<Answer<Operation>>;
  /** Checks a specification without provisioning anything. */
  validateTenantSpec(spec: TenantComputeSpec, options?: CallOptions): Promise<Answer<ValidationResult>>;
  /** What a provision or an update with this specification would change. */
  planTenant(spec: TenantComputeSpec, options?: CallOptions): Promise<Answer<Plan>>;
  /** What the containers of a tenant wrote, newest lines, oldest first. */
  getTenantLogs(
    tenantId: string,
    options?: CallOptions & {
      container?: string | undefined;
      tail?: number | undefined;
      cursor?: string | undefined;
    },
  ): Promise<Answer<LogPage>>;
  /** The names of the registered providers. */
  listProviders(options?: CallOptions): Promise<Answer<ProviderList>>;
  /** The capabilities and settings of a provider. */
  getProvider(name: string, options?: CallOptions): Promise<Answer<Provider>>;
  /** Waits until an operation ends, and answers how. Throws `WaitTimeoutError`. */
  waitForOperation(operationId: string, options?: WaitOptions): Promise<Operation>;
  /** Announcements as they are made, where the endpoint streams them: the local host does. */
  events(options?: EventOptions): AsyncIterable<AnnouncementEnvelope>;
}

/** Makes a client. Nothing is sent, and nothing of the AWS SDK is loaded, before a method is called. */
export function createClient(options: ClientOptions): Client {
  const settings = resolveOptions(options);
  const { endpoint } = settings;
  const authorize = authorizerOf(settings);
  const http = createHttp<paths>({ baseUrl: endpoint, fetch: createTransport(settings, authorize) });

  /** What a method answers. `mark` is a member that every answer of the operation has. */
  async function answer<T>(
    sending: Promise<{ data?: T; response: Response }>,
    mark: keyof NonNullable<T>,
  ): Promise<Answer<T>> {
    const { data, response } = await sending;
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
    provisionTenant: (spec, options) =>
      answer(http.POST('/v1/tenants', { body: spec, ...mutation(options) }), 'tenant_id'),
    updateTenant: (tenantId, spec, options) =>
      answer(
        http.PUT('/v1/tenants/{tenant_id}', { body: spec, ...mutation(options, { path: tenant(tenantId) }) }),
        'tenant_id',
      ),
    rollbackTenant: (tenantId, revision, options) =>
      answer(
        http.POST('/v1/tenants/{tenant_id}/rollback', {
          body: { revision },
          ...mutation(options, { path: tenant(tenantId) }),
        }),
        'tenant_id',
      ),
    destroyTenant: (tenantId, { provider, ...options } = {}) =>
      answer(
        http.DELETE('/v1/tenants/{tenant_id}', {
          ...mutation(options, { path: tenant(tenantId), query: given({ provider }) }),
        }),
        'tenant_id',
      ),
    getTenant: (tenantId, options) =>
      answer(http.GET('/v1/tenants/{tenant_id}', call(options, { path: tenant(tenantId) })), 'tenant_id'),
    getTenantStatus: (tenantId, { provider, fresh, ...options } = {}) =>
      answer(
        http.GET(
          '/v1/tenants/{tenant_id}/status',
          call(options, {
            path: tenant(tenantId),
            query: given({ provider }),
            header: fresh ? { 'Cache-Control': 'no-cache' } : {},
          }),
        ),
        'tenant_id',
      ),
    listTenants: ({ provider, phase, label, limit, cursor, ...options } = {}) =>
      answer(
        http.GET(
          '/v1/tenants',
          call(options, { query: given({ provider, phase, label: toLabels(label), limit, cursor }) }),
        ),
        'tenants',
      ),
    tenants: (options) => eachTenant(client, options),
    listRevisions: (tenantId, { limit, ...options } = {}) =>
      answer(
        http.GET(
          '/v1/tenants/{tenant_id}/revisions',
          call(options, { path: tenant(tenantId), query: given({ limit }) }),
        ),
        'revisions',
      ),
    listOperations: (tenantId, { limit, ...options } = {}) =>
      answer(
        http.GET(
          '/v1/tenants/{tenant_id}/operations',
          call(options, { path: tenant(tenantId), query: given({ limit }) }),
        ),
        'operations',
      ),
    getOperation: (operationId, { wait, ...options } = {}) =>
      answer(
        http.GET(
          '/v1/operations/{operation_id}',
          call(options, { path: { operation_id: segment('the operation id', operationId) }, query: given({ wait }) }),
        ),
        'operation_id',
      ),
    validateTenantSpec: (spec, options) =>
      answer(http.POST('/v1/tenants/validate', { body: spec, ...call(options, {}) }), 'valid'),
    planTenant: (spec, options) =>
      answer(http.POST('/v1/tenants/plan', { body: spec, ...call(options, {}) }), 'action'),
    getTenantLogs: (tenantId, { container, tail, cursor, ...options } = {}) =>
      answer(
        http.GET(
          '/v1/tenants/{tenant_id}/logs',
          call(options, { path: tenant(tenantId), query: given({ container, tail, cursor }) }),
        ),
        'lines',
      ),
    listProviders: (options) => answer(http.GET('/v1/providers', call(options, {})), 'providers'),
    getProvider: (name, options) =>
      answer(
        http.GET('/v1/providers/{name}', call(options, { path: { name: segment('the provider', name) } })),
        'name',
      ),
    waitForOperation: (operationId, options = {}) =>
      waitForOperation(operationId, async (id, read) => (await client.getOperation(id, read)).data, options),
    events: (options = {}) => followEvents(settings, authorize, options),
  };
  return client;
}

async function* eachTenant(client: Client, options: CallOptions & TenantFilters = {}): AsyncGenerator<TenantSummary> {
  let cursor: string | undefined;
  do {
    const { data } = await client.listTenants({ ...options, cursor });
    yield* data.tenants;
    cursor = data.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

/** How a request is sent that changes nothing. */
function call<Params>({ signal }: CallOptions = {}, params: Params) {
  return { params, ...(signal && { signal }) };
}

/** How a request is sent that changes something: with a key of its own, so that it can be sent again. */
function mutation<Params = object>(options: ConditionalOptions = {}, params?: Params) {
  const { idempotencyKey = crypto.randomUUID(), ifMatch } = options;
  const header = { 'Idempotency-Key': idempotencyKey, ...(ifMatch !== undefined && { 'If-Match': ifMatch }) };
  return call(options, { ...(params as Params), header });
}

function tenant(tenantId: string) {
  return { tenant_id: segment('the tenant id', tenantId) };
}

/** One segment of a path. An address would take these for a place above, and Berth for another operation. */
function segment(what: string, value: string): string {
  if (typeof value === 'string' && !/^\.{0,2}$/.test(value)) return value;
  throw new ClientUsageError(`${what} must not be ${JSON.stringify(value)}`);
}

type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without what is undefined. */
function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

function toLabels(label: TenantFilters['label']): string[] | undefined {
  return label && Object.entries(label).map(([key, value]) => `${key}:${value}`);
}
