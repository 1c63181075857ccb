import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findRoute } from '../../../infra/local/http/find-route.ts';
import { type LocalServerOptions, startLocalServer } from '../../../infra/local/server.ts';
import { expectDocumented } from '../../support/documented.ts';

export const memoryProvider = { memory: { type: 'memory' } };

/** Creates a folder that is removed after the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'berth-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Starts a local host with the memory provider on a free port, and closes it after the test. */
export async function startTestServer(options: LocalServerOptions = {}) {
  const dataDir = options.dataDir ?? temporaryDirectory();
  const server = await startLocalServer({ port: 0, statusMaxAge: 0, providers: memoryProvider, ...options, dataDir });
  onTestFinished(() => server.close());
  return server;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  body: Record<string, unknown> & { errors?: { pointer: string; detail: string }[] };
}

export interface SendOptions {
  /** A string or bytes are sent unchanged, anything else as JSON. */
  body?: unknown;
  /** Each of several values is sent as a header of its own. */
  headers?: Record<string, string | string[]>;
  /** The OpenAPI document does not describe the response. */
  foreign?: boolean;
}

/** Returns the operation that serves a request; undefined for a malformed path. */
function operationOf(method: string, path: string): string | undefined {
  try {
    return findRoute(method, path.split('?', 1)[0] ?? '').operation;
  } catch {
    return undefined;
  }
}

/**
 * Sends a request with path and headers exactly as given, which `fetch` would normalize. Throws if the response does not
 * match the OpenAPI document.
 */
export function send(
  url: string,
  method: string,
  path: string,
  { body, headers: sentHeaders, foreign }: SendOptions = {},
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const { hostname, port } = new URL(url);
  const sent = request(
    {
      hostname,
      port,
      method,
      path,
      agent: false,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...sentHeaders },
    },
    async (response) => {
      const text = (await response.setEncoding('utf8').toArray()).join('');
      const isJson = response.headers['content-type']?.includes('json');
      const { statusCode: status = 0, headers } = response;
      const parsed = isJson && text ? JSON.parse(text) : undefined;
      try {
        if (!foreign) expectDocumented(operationOf(method, path), { status, headers, body: parsed });
        resolve({ status, headers, text, body: parsed ?? {} });
      } catch (error) {
        reject(error);
      }
    },
  );
  sent.on('error', reject);
  if (body === undefined) sent.end();
  else sent.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  return promise;
}
