import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Caller } from '../../../src/tenants/tenants.ts';
import { withDeadline } from '../deadline.ts';
import { type HandlerDefinition, type LambdaHandler, lambda, type Middleware } from '../lambda.ts';
import type { Services } from '../setup/services.ts';
import { logContext } from '../telemetry/logger.ts';
import { type Answer, toResult } from './answer.ts';
import { callerOf } from './caller.ts';
import { toProblem } from './problem.ts';
import { type BodyLoader, readBody } from './read-body.ts';
import { type NoParameters, noParameters, type Parameters, readParameters, type ValuesOf } from './read-parameters.ts';

export type Event = APIGatewayProxyEventV2;
export type Result = APIGatewayProxyStructuredResultV2;
export type Handler = LambdaHandler<Event, Result>;

/** The request of an operation: its input, checked and typed, and the services of the installation. */
export interface OperationRequest<Body, Path extends Parameters, Query extends Parameters> extends Services {
  body: Body;
  path: ValuesOf<Path, 'path'>;
  query: ValuesOf<Query, 'query'>;
  caller: Caller;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
  /** Aborted at the deadline of the request. */
  signal: AbortSignal;
  event: Event;
}

export interface OperationDefinition<Body, Path extends Parameters, Query extends Parameters, More>
  extends HandlerDefinition<More> {
  /** Loads the reader that checks and types the body. Without it, the body is ignored. */
  body?: BodyLoader<Body>;
  /** The parameters of the path. Default: none. */
  path?: Path;
  /** The parameters of the query. Default: none. */
  query?: Query;
  /** Ignores all parameters instead of refusing unknown ones. */
  ignoresParameters?: true;
  /** Takes the headers Idempotency-Key and If-Match. Other operations ignore them. */
  isConditional?: true;
  run(request: OperationRequest<Body, Path, Query> & More): Promise<Answer> | Answer;
}

/** Makes a Lambda handler for events of API Gateway's HTTP API (payload 2.0). It never throws: every error is an answer. */
export function operation<
  Body = undefined,
  Path extends Parameters = NoParameters,
  Query extends Parameters = NoParameters,
  More = unknown,
>(definition: OperationDefinition<Body, Path, Query, More>): Promise<Handler> {
  const { name, uses, body: loadReader, isConditional = false, ignoresParameters = false, run } = definition;
  const pathParameters = definition.path ?? (noParameters as Path);
  const queryParameters = definition.query ?? (noParameters as Query);
  return lambda<Event, Result, More>({
    name,
    uses,
    component: 'http',
    completed: 'request completed',
    requestId: requestIdOf,
    errors: problems(),
    loads: loadReader,
    facts: ({ statusCode }) => ({ status: statusCode }),
    async run(event, given, context) {
      const { pathParameters: pathTexts, queryStringParameters: queryTexts, headers = {} } = event;
      const path = readParameters('path', pathParameters, ignoresParameters ? {} : pathTexts);
      const query = readParameters('query', queryParameters, ignoresParameters ? {} : queryTexts);
      const body = (loadReader && (await (await loadReader())(readBody(event)))) as Body;
      const requestId = requestIdOf(event, context);
      const answer = await withDeadline(context.getRemainingTimeInMillis(), (signal) => {
        const caller = callerOf(event, { requestId, signal, isConditional });
        return run({ ...given, body, path, query, headers, signal, event, caller });
      });
      return toResult(answer, requestId);
    },
  });
}

/** Returns the id that the caller sees, API Gateway logs and every log line of the request carries. */
function requestIdOf(event: Event, context: Context): string {
  return event.requestContext?.requestId ?? context.awsRequestId;
}

/** Maps an error to a problem. It sets the response instead of returning it, so that the middleware before it still runs. */
function problems(): Middleware<Event, Result> {
  return {
    onError: (request) => {
      const requestId = logContext.getStore()?.request_id ?? '';
      const problem = toProblem(request.error, requestId);
      request.internal.facts = { code: problem.body.code };
      request.internal.isExpected = problem.status !== 500;
      request.response = toResult(problem, requestId);
    },
  };
}
