import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type LocalServerOptions, startLocalServer } from '../../../infra/local/server.ts';

export const memoryProvider = { memory: { type: 'memory' } };

/** A folder that is removed when the test is over. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'berth-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A local host with the memory provider on a free port; it is closed when the test is over. */
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
  /** A string or bytes go as they are, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** Sends a request whose path and headers arrive as they are written here, which `fetch` would tidy up. */
export function send(url: string, method: string, path: string, { body, headers }: SendOptions = {}): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const { hostname, port } = new URL(url);
  const sent = request(
    {
      hostname,
      port,
      method,
      path,
      agent: false,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    },
    async (response) => {
      const text = (await response.setEncoding('utf8').toArray()).join('');
      const isJson = response.headers['content-type']?.includes('json');
      const { statusCode: status = 0 } = response;
      resolve({ status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : {} });
    },
  );
  sent.on('error', reject);
  if (body === undefined) sent.end();
  else sent.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  return promise;
}
