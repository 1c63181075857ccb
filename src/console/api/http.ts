import createClient from 'openapi-fetch';
import type { paths } from '../../client/schema.d.ts';
import { toRequestError, unreachable } from './problem.ts';
import { currentToken, tokenIsNeeded } from './token.ts';

/** Typed requests of the API. Pass the result to `read`, which throws what the page shows. */
export const http = createClient<paths>({ baseUrl: location.origin });

http.use({
  onRequest({ request }) {
    const token = currentToken();
    if (token !== undefined) request.headers.set('authorization', `Bearer ${token}`);
  },
  onResponse({ response }) {
    if (response.status === 401) tokenIsNeeded.value = true;
  },
  onError({ error }) {
    return error instanceof DOMException && error.name === 'AbortError' ? error : unreachable();
  },
});

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Returns the body of an answer. Throws `RequestError` for any other answer than a success. */
export async function read<T>(result: Promise<Result<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await result;
  if (!response.ok || data === undefined || data === null) throw toRequestError(response.status, error);
  return data;
}

/** Returns when a request was accepted; some answers to it have no body. Throws `RequestError` for any other answer. */
export async function accepted(result: Promise<Result<unknown>>): Promise<void> {
  const { error, response } = await result;
  if (!response.ok) throw toRequestError(response.status, error);
}
