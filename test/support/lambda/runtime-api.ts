import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Loopback, openLoopback } from '../loopback.ts';

export interface FunctionError {
  errorType: string;
  errorMessage: string;
}

/** The end of an invocation: the response of the handler, or its error. */
export type InvocationResult = { response: unknown } | { error: FunctionError };

export interface RuntimeApi extends Loopback {
  /** Passes an event to the function as soon as it asks for one. */
  invoke(event: unknown, timeoutMs: number): Promise<InvocationResult>;
  /** Rejects all pending invocations, after the process of the function ended. */
  abandon(reason: Error): void;
}

/** Serves the Runtime API of Lambda for one function: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  const pending = new Map<string, PromiseWithResolvers<InvocationResult>>();
  const events: { id: string; body: string; deadline: number }[] = [];
  let asking: ServerResponse | undefined;

  function hand(): void {
    if (!asking || asking.destroyed) return;
    const event = events.shift();
    if (!event) return;
    const headers = { 'lambda-runtime-aws-request-id': event.id, 'lambda-runtime-deadline-ms': event.deadline };
    asking.writeHead(200, headers).end(event.body);
    asking = undefined;
  }

  function end(id: string, result: InvocationResult): void {
    pending.get(id)?.resolve(result);
    pending.delete(id);
  }

  const loopback = await openLoopback(async (request, response) => {
    const [what = '', id = '', how] = request.url?.split('/').slice(3) ?? [];
    if (what === 'invocation' && id === 'next') {
      asking = response;
      return hand();
    }
    const body = await json(request);
    response.writeHead(202).end();
    if (how === 'response') return end(id, { response: body });
    const error = body as FunctionError;
    for (const each of what === 'init' ? [...pending.keys()] : [id]) end(each, { error });
  });

  return {
    ...loopback,
    invoke(event, timeoutMs) {
      const id = randomUUID();
      const result = Promise.withResolvers<InvocationResult>();
      pending.set(id, result);
      events.push({ id, body: JSON.stringify(event), deadline: Date.now() + timeoutMs });
      hand();
      return result.promise;
    },
    abandon(reason) {
      asking = undefined;
      events.length = 0;
      for (const { reject } of pending.values()) reject(reason);
      pending.clear();
    },
  };
}
