import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import type { Shape } from '../../../src/compute/spec/shape.ts';
import type { Caller } from '../../../src/tenants/tenants.ts';
import { withDeadline } from '../deadline.ts';
import { coldStart, type Event, problems, type Result, requestLog } from '../middleware.ts';
import { initialize } from '../setup/initialize.ts';
import { type Services, services } from '../setup/services.ts';
import { type Answer, toResult } from './answer.ts';
import { callerOf } from './caller.ts';
import type { NoParameters } from './parameters.ts';
import { readBody } from './read-body.ts';
import { readParameters } from './read-parameters.ts';
import { requestContext } from './request-context.ts';
import { noParametersShape } from './shapes.ts';

/** What an operation is given: its input, checked and typed, and the services of the installation. */
export interface OperationRequest<Body, Path, Query> extends Services {
  body: Body;
  path: Path;
  query: Query;
  /** Who asks, and how they want it done. */
  caller: Caller;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
  /** Aborted at the deadline of the request. */
  signal: AbortSignal;
  event: Event;
}

export interface OperationDefinition<Body, Path extends z.ZodObject, Query extends z.ZodObject, More> {
  /** The operation's name in `routes.ts`. */
  name: string;
  /** Checks the body and types it; it throws what the caller gets to read. Without it, a body is not looked at. */
  body?: (input: unknown) => Body | Promise<Body>;
  /** The parameters of the path. Default: none. */
  path?: Shape<Path>;
  /** The parameters of the query. Default: none. */
  query?: Shape<Query>;
  /** Takes the headers Idempotency-Key and If-Match. Elsewhere they mean nothing, whatever they say. */
  isConditional?: true;
  /** What it needs beyond the services that every function is given. */
  uses?: (services: Services) => More;
  run(request: OperationRequest<Body, z.output<Path>, z.output<Query>> & More): Promise<Answer> | Answer;
}

export type Handler = (event: Event, context: Context) => Promise<Result>;

/** Makes a Lambda handler for events of API Gateway's HTTP API (payload 2.0). The only middleware chain there is. */
export async function operation<
  Body = undefined,
  Path extends z.ZodObject = typeof NoParameters,
  Query extends z.ZodObject = typeof NoParameters,
  More = unknown,
>(definition: OperationDefinition<Body, Path, Query, More>): Promise<Handler> {
  const pathShape = (definition.path ?? noParametersShape) as Shape<Path>;
  const queryShape = (definition.query ?? noParametersShape) as Shape<Query>;

  const chain = middy<Event, Result, Error, Context>({ timeoutEarlyInMillis: 0 })
    .use(requestLog())
    .use(problems())
    .use(coldStart())
    .handler(async (event: Event, context: Context): Promise<Result> => {
      const available = await services();
      const path = await readParameters('path', pathShape, event.pathParameters);
      const query = await readParameters('query', queryShape, event.queryStringParameters);
      const body = (await definition.body?.(readBody(event))) as Body;
      const headers = event.headers ?? {};
      const answer = await withDeadline(context.getRemainingTimeInMillis(), (signal) =>
        definition.run({
          ...available,
          ...(definition.uses?.(available) as More),
          body,
          path,
          query,
          headers,
          signal,
          event,
          caller: callerOf(event, {
            requestId: requestIdOf(event, context),
            signal,
            isConditional: definition.isConditional ?? false,
          }),
        }),
      );
      return toResult(answer, requestIdOf(event, context));
    });

  await initialize();
  return (event, context) =>
    requestContext.run(
      {
        operation: definition.name,
        request_id: requestIdOf(event, context),
        function_name: context.functionName,
        function_request_id: context.awsRequestId,
      },
      () => chain(event, context),
    );
}

/** The id that the caller sees, API Gateway logs and every line of ours carries. */
function requestIdOf(event: Event, context: Context): string {
  return event.requestContext?.requestId ?? context.awsRequestId;
}
