import fc from 'fast-check';
import { document } from '../../support/documented.ts';
import { type Overrides, type Schema, valuesOf } from './from-schema.ts';
import { hostileBody, hostileText, toHeaderValue } from './hostile.ts';
import { mutationsOf } from './mutate.ts';

/** A request as it is sent. */
export interface FuzzRequest {
  method: string;
  target: string;
  headers: Record<string, string | string[]>;
  body?: string | Buffer;
  /** The response follows EventBridge's API, and not the document. */
  isPutEvents?: boolean;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}
interface Operation {
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}

/** Texts that only the provider may see. */
export const ENV_CANARY = 'canary-env-5b1e7c';
export const CONFIG_CANARY = 'canary-config-90ad21';
const tenants = fc.constantFrom('acme', 'acme', 'globex', 'initech', '0');

const faults = fc.record(
  {
    provision: fc.constantFrom('error', 'throttled', 'failed', 'garbage', { kind: 'error', times: 1 }),
    update: fc.constantFrom('error', 'failed', 'garbage'),
    destroy: fc.constantFrom({ kind: 'error', times: 1 }, { kind: 'throttled', times: 1 }),
    status: fc.constantFrom('error', 'garbage'),
    validate: fc.constantFrom('throttled', 'garbage'),
  },
  { requiredKeys: [] },
);

const check = valuesOf({ $ref: '#/components/schemas/HealthCheck' }).map((value) => {
  const { timeout_seconds: _, interval_seconds: __, command: ___, ...rest } = value as Record<string, unknown>;
  return { ...rest, ...(rest.type === 'exec' && { command: ['true'] }) };
});
const container = valuesOf(
  { $ref: '#/components/schemas/ContainerSpec' },
  {
    image: fc.constantFrom('busybox:1', 'nginx', 'registry.example/team/app@sha256:'.concat('a'.repeat(64))),
    env: fc.constant({ TOKEN: ENV_CANARY, LOG_LEVEL: 'info' }),
    ports: fc.constant([{ container_port: 8080 }]),
    health_check: check,
    resources: fc.constant(undefined),
    run: mostly<unknown>(fc.constant(undefined), fc.constant('once'), 20),
    after: mostly<unknown>(fc.constant(undefined), fc.constant(['acme']), 20),
    volumes: fc.constantFrom(undefined, [{ name: 'data', path: '/data' }]),
  },
) as fc.Arbitrary<{ name: string }>;

/** Makes requests find existing tenants and a registered provider. */
const fields: Overrides = {
  tenant_id: tenants,
  provider_type: mostly<unknown>(fc.constant('memory'), fc.constant('mainframe'), 20),
  containers: fc.uniqueArray(container, { selector: ({ name }) => name, minLength: 1, maxLength: 2 }),
  provider_config: mostly<unknown>(
    fc.constant({}),
    fc.oneof(
      faults.map((chosen) => ({ faults: chosen })),
      fc.constant({ in_progress_ms: 50 }),
      fc.constantFrom(
        { password: CONFIG_CANARY },
        { latency_ms: CONFIG_CANARY },
        { faults: { provision: CONFIG_CANARY } },
      ),
    ),
    2,
  ),
  volumes: mostly<unknown>(fc.constant(undefined), fc.constant([{ name: 'data', retain: true }]), 10),
  hostname: mostly<unknown>(fc.constant(undefined), fc.constantFrom('shop.example.com', '*.example.com'), 10),
  source: mostly<unknown>(fc.constant('env'), fc.constant('vault'), 20),
};
const parameters: Overrides = {
  tenant_id: tenants,
  provider: fc.constantFrom('memory', 'mainframe'),
  name: fc.constantFrom('memory', 'mainframe'),
  operation_id: fc.constantFrom('acme.000000000000.1', 'acme', 'globex.aaaaaaaaaaaa.999999999'),
  wait: fc.constant(0),
  'If-Match': fc.constantFrom('*', '*', '*', '"1"', '"99"'),
};

const junkHeaders = fc.dictionary(
  fc.constantFrom(
    'authorization',
    'content-type',
    'content-encoding',
    'idempotency-key',
    'if-match',
    'cache-control',
    'accept',
    'cookie',
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-http-method-override',
    'x-request-id',
    'actor',
    'x-actor',
    'range',
    'te',
    '__proto__',
  ),
  fc.oneof(
    hostileText.map(toHeaderValue),
    fc.constantFrom(
      '"1"',
      'W/"1"',
      '*',
      '1',
      '"1", "2"',
      'text/plain',
      'application/json; charset=utf-16',
      'gzip',
      'no-cache',
    ),
    fc.array(fc.constantFrom('a', '"b"', '1', 'application/json'), { minLength: 2, maxLength: 3 }),
  ),
  { maxKeys: 3 },
);

const encodings = [encodeURIComponent, encodeTwice, encodeEvery, (text: string) => text] as const;

/** A text in a request target. Characters that no target can have are always encoded. */
const segment = fc
  .tuple(hostileText, fc.constantFrom(...encodings))
  .map(([text, encode]) =>
    encode(text.toWellFormed()).replaceAll(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character)),
  );

function encodeTwice(text: string): string {
  return encodeURIComponent(encodeURIComponent(text));
}

function encodeEvery(text: string): string {
  return Buffer.from(text).toString('hex').replaceAll(/../g, '%$&');
}

/** One value in `odds` violates the document. */
function mostly<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, odds = 4): fc.Arbitrary<T> {
  return fc.oneof({ weight: odds - 1, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

const encoded = (value: unknown) => encodeURIComponent(String(value).toWellFormed());

function requestsOf(method: string, path: string, { parameters: all = [], requestBody }: Operation) {
  const known = all.map((parameter) => ('$ref' in parameter ? referred(parameter.$ref) : parameter));
  const choicesFor = ({ name, schema }: Parameter) => parameters[name] ?? valuesOf(schema);
  const inPath = known.filter((parameter) => parameter.in === 'path');
  const segments = fc.tuple(...inPath.map((parameter) => mostly(choicesFor(parameter).map(encoded), segment)));
  const pair = (parameter: Parameter) => choicesFor(parameter).map((value) => `${parameter.name}=${encoded(value)}`);
  const queries = known.filter((parameter) => parameter.in === 'query').map(pair);
  const query = fc.array(
    mostly(
      queries.length > 0 ? fc.oneof(...queries) : fc.constant('surprise=1'),
      fc.tuple(segment, segment).map((both) => both.join('=')),
    ),
    { maxLength: 3 },
  );
  const own = known.filter((parameter) => parameter.in === 'header');
  const headers = fc.record(
    Object.fromEntries(
      own.map((header) => [header.name.toLowerCase(), choicesFor(header).map((value) => toHeaderValue(String(value)))]),
    ),
    { requiredKeys: [] },
  ) as fc.Arbitrary<Record<string, string>>;
  const valid = requestBody && valuesOf(requestBody.content['application/json'].schema, fields);
  const written =
    valid &&
    fc
      .oneof({ weight: 3, arbitrary: valid }, mutationsOf(valid), mutationsOf(mutationsOf(valid)))
      .map((value) => JSON.stringify(value) ?? '');
  const body = written
    ? mostly<string | Buffer | undefined>(written, hostileBody, 6)
    : mostly(fc.constant(undefined), hostileBody, 6);
  return fc
    .tuple(
      segments,
      mostly<string[]>(fc.constant([]), query, queries.length > 0 ? 2 : 10),
      mostly(headers, junkHeaders),
      body,
    )
    .map(([values, pairs, sent, content]): FuzzRequest => {
      const filled = inPath.reduce(
        (text, { name }, index) => text.replace(`{${name}}`, () => values[index] ?? ''),
        path,
      );
      const target = pairs.length > 0 ? `${filled}?${pairs.join('&')}` : filled;
      return { method, target, headers: sent, ...(content !== undefined && { body: content }) };
    });
}

function referred(reference: string): Parameter {
  const found = document.components.parameters?.[reference.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`docs/openapi.json has no ${reference}`);
  return found as Parameter;
}

const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => requestsOf(method.toUpperCase(), path, operation as Operation)),
);

/** Requests for the routes of the local host itself, and for routes that do not exist. */
const hosts = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'),
    fc.oneof(
      fc.constantFrom(
        '/',
        '/docs',
        '/docs/',
        '/openapi.json',
        '/v1/dead-letters',
        '/v1/dead-letters/redrive',
        '/v1/',
        '/v2/tenants',
      ),
      // The tenant id is always malformed: a valid one would open an endless stream.
      hostileText.map((text) => `/v1/events?tenant=-${encoded(text)}`),
      segment.map((text) => `/${text}`),
      segment.map((text) => `/docs/${text}`),
      fc.tuple(segment, segment).map((both) => `/v1/tenants/${both.join('/')}`),
    ),
    junkHeaders,
    fc.option(hostileBody, { nil: undefined }),
  )
  .map(
    ([method, target, headers, body]): FuzzRequest => ({
      method,
      target,
      headers,
      ...(body !== undefined && { body }),
    }),
  );

const specification = valuesOf({ $ref: '#/components/schemas/TenantComputeSpec' }, fields);
const entry = fc.record({
  Source: fc.constantFrom('crm', 'crm\r\nx: 1', 'aws.ecs', 'berth'),
  DetailType: fc.constantFrom(
    'Tenant Provision Requested',
    'Tenant Update Requested',
    'Tenant Destroy Requested',
    'Other',
  ),
  Detail: mutationsOf(
    fc.record({
      metadata: fc.record({ actor: hostileText, idempotency_key: hostileText }, { requiredKeys: [] }),
      data: specification,
    }),
  ).map((detail) => JSON.stringify(detail) ?? ''),
});
const putEvents = mostly<unknown>(
  fc.array(entry, { minLength: 1, maxLength: 3 }).map((Entries) => ({ Entries })),
  mutationsOf(fc.array(entry, { minLength: 1, maxLength: 2 }).map((Entries) => ({ Entries }))),
).map(
  (call): FuzzRequest => ({
    method: 'POST',
    target: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' },
    body: JSON.stringify(call) ?? '',
    isPutEvents: true,
  }),
);

/** Any request: most are for an operation of the document, and each operation is equally likely. */
export const anyRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(
  { weight: 16, arbitrary: fc.oneof(...documented) },
  { weight: 3, arbitrary: hosts },
  { weight: 2, arbitrary: putEvents },
);
