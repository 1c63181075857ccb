import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of one request carries. */
export interface RequestFields {
  operation: string;
  request_id: string;
  function_name: string;
  function_request_id: string;
}

/**
 * The request that the running code serves. Kept by the runtime of JavaScript and not by the logger, so that it can
 * neither leak into the next invocation nor mix with another: the local host serves many requests at a time.
 */
export const requestContext = new AsyncLocalStorage<RequestFields>();
