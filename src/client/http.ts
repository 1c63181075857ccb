import { type Client, createFinalURL, createQuerySerializer, defaultPathSerializer } from 'openapi-fetch';
import type { paths } from './schema.d.ts';
import type { Transport } from './transport.ts';

/** The methods of openapi-fetch's client that this client uses. */
export type Http = Pick<Client<paths>, 'GET' | 'PUT' | 'POST' | 'DELETE'>;

/** What the types of `Http` allow, in the form that all operations share. */
interface Init {
  params?: {
    path?: Record<string, unknown>;
    query?: Record<string, unknown>;
    header?: Record<string, string>;
  };
  body?: unknown;
  signal?: AbortSignal;
}

const querySerializer = createQuerySerializer();

/**
 * Returns functions that send requests of the API, with the types of openapi-fetch and the addresses that it builds. Its
 * `createClient` is not used: it makes a `Request` and `Headers`, whose loading takes a new process of Node longer than
 * its own start. The `response` in a result is a `Reply`, with status and headers only.
 */
export function createHttp(endpoint: string, transport: Transport): Http {
  const sendWith =
    (method: string) =>
    async (path: string, { params = {}, body, signal }: Init) => {
      const url = createFinalURL(path, {
        baseUrl: endpoint,
        params,
        querySerializer,
        pathSerializer: defaultPathSerializer,
      });
      const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
      const headers = { ...type, ...params.header };
      const { data, ...response } = await transport({ method, url, headers, body: toText(body) }, signal);
      return { data, response };
    };
  const methods = { GET: sendWith('GET'), PUT: sendWith('PUT'), POST: sendWith('POST'), DELETE: sendWith('DELETE') };
  return methods as unknown as Http;
}

function toText(body: unknown): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}
