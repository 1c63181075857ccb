import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Handler } from '../../functions/runtime/http/operation.ts';
import { type Changes, changes } from '../../functions/runtime/setup/changes.ts';
import { readConfig } from '../../functions/runtime/setup/config.ts';
import { type Publishing, publishing } from '../../functions/runtime/setup/publishing.ts';
import {
  createServices,
  type HostServices,
  provideServices,
  type Services,
} from '../../functions/runtime/setup/services.ts';
import { type Sweeps, sweeps } from '../../functions/runtime/setup/sweeps.ts';
import { loadHandlers } from '../../infra/local/load-handlers.ts';
import { expectDocumented } from '../support/documented.ts';
import { createMemoryTable } from '../support/memory-table.ts';

/** Returns a specification that the memory provider can run. */
export function memorySpec(fields: Record<string, unknown> = {}) {
  return {
    tenant_id: 'acme',
    provider_type: 'memory',
    containers: [{ name: 'web', image: 'busybox:1' }],
    resources: { cpu: 128, memory: 128 },
    ...fields,
  };
}

/** Gives the handlers of this test file services of their own. Returns them with the lines that they log. */
export async function useServices(
  providers: Record<string, unknown> = { memory: { type: 'memory' } },
  host: HostServices = {},
): Promise<Services & Changes & Sweeps & Publishing & { lines: Record<string, unknown>[] }> {
  const lines: Record<string, unknown>[] = [];
  const config = readConfig({ BERTH_PROVIDERS: JSON.stringify(providers), BERTH_STATUS_MAX_AGE_MS: '60000' }, {});
  const write = (line: string) => lines.push(JSON.parse(line));
  const services = await createServices(config, { write, table: createMemoryTable(), ...host });
  provideServices(services);
  return { ...services, ...changes(services), ...sweeps(services), ...publishing(services), lines };
}

export interface Invocation {
  body?: unknown;
  path?: Record<string, string>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** Replaces any part of the event. */
  event?: Partial<APIGatewayProxyEventV2>;
  requestId?: string;
  remaining?: number;
}

/** Returns the operation of a handler, or undefined for a handler that a test made. */
async function operationOf(handler: Handler): Promise<string | undefined> {
  return [...(await loadHandlers())].find(([, loaded]) => loaded === handler)?.[0];
}

/**
 * Calls a handler as Lambda does, with an event as API Gateway's HTTP API writes it. Checks that the answer conforms to the
 * OpenAPI document.
 */
export async function invoke(handler: Handler, invocation: Invocation = {}) {
  const { body, path, query, headers, event, requestId = 'request-1', remaining = 10_000 } = invocation;
  const made: Partial<APIGatewayProxyEventV2> = {
    version: '2.0',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    isBase64Encoded: false,
    requestContext: { requestId, http: { method: 'POST' } } as APIGatewayProxyEventV2['requestContext'],
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(path && { pathParameters: path }),
    ...(query && { queryStringParameters: query }),
    ...event,
  };
  const context = {
    functionName: 'berth-test',
    awsRequestId: `lambda-${requestId}`,
    getRemainingTimeInMillis: () => remaining,
  } as Context;
  const result: APIGatewayProxyStructuredResultV2 = await handler(made as APIGatewayProxyEventV2, context);
  const answer = {
    status: result.statusCode ?? 0,
    headers: result.headers ?? {},
    body: result.body === undefined ? undefined : JSON.parse(result.body),
  };
  expectDocumented(await operationOf(handler), answer);
  return answer;
}
