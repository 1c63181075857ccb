import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { messageOf } from '../../src/compute/errors.ts';
import { loadTableClient, type Services, services } from './setup/services.ts';
import { createLogger, logContext } from './telemetry/logger.ts';
import { sourceStackOf } from './telemetry/source-stack.ts';

/** State that the middleware of one invocation shares. */
interface Internal extends Record<string, unknown> {
  begun?: number;
  /** Missing if the services could not be created, such as for a wrong configuration. */
  logger?: Services['logger'];
  /** Facts for the log line, which an error mapper adds. */
  facts?: Record<string, unknown>;
  /** True if the error mapper knows the error, so that it needs no stack in the log. */
  isExpected?: boolean;
}

export type Middleware<Event, Result> = MiddlewareObj<Event, Result, Error, Context, Internal>;

/** Fields that every definition of a handler has, whatever triggers it. */
export interface HandlerDefinition<More> {
  /** The name of the file in `functions/`: `operation` in logs. */
  name: string;
  /** Returns the services that this function needs beyond those of every function. */
  uses?: ((services: Services) => More) | undefined;
}

export interface LambdaDefinition<Event, Result, More> extends HandlerDefinition<More> {
  /** The trigger: `component` in logs. */
  component: 'http' | 'queue' | 'schedule' | 'change-stream';
  /** The log message of a completed invocation. Default: "invocation completed". */
  completed?: string;
  /** Returns the id that the log lines carry. Default: Lambda's own request id. */
  requestId?: (event: Event, context: Context) => string;
  /** Maps an error to a result. Without it, the error is logged and thrown, and Lambda counts it. */
  errors?: Middleware<Event, Result>;
  /** Loads code that the first invocation needs, while Lambda initializes the function. */
  loads?: (() => Promise<unknown>) | undefined;
  /** Returns the facts of a result for the log line. */
  facts(result: Result): Record<string, unknown>;
  run(event: Event, given: Services & More, context: Context): Promise<Result> | Result;
}

export type LambdaHandler<Event, Result> = (event: Event, context: Context) => Promise<Result>;

/**
 * Makes a Lambda handler. Every handler of Berth, whatever triggers it, is made here: it gets the services, a log context of
 * its own, one log line for each invocation, the count of cold starts, and its errors mapped or logged.
 */
export async function lambda<Event, Result, More>(
  definition: LambdaDefinition<Event, Result, More>,
): Promise<LambdaHandler<Event, Result>> {
  const { name, uses, requestId, errors, loads, run } = definition;
  const chain = middy<Event, Result, Error, Context>({ timeoutEarlyInMillis: 0 }).use(invocationLog(definition));
  // The errors of a chain pass through its middleware in reverse: they are mapped before they are logged.
  if (errors) chain.use(errors);
  chain.use(coldStart()).handler(async (event: Event, context: Context) => {
    const core = await services();
    return run(event, { ...core, ...(uses?.(core) as More) }, context);
  });
  await initialize(loads);
  return (event, context) => {
    const fields = {
      operation: name,
      request_id: requestId?.(event, context) ?? context.awsRequestId,
      function_name: context.functionName,
      function_request_id: context.awsRequestId,
    };
    return logContext.run(fields, () => chain(event, context));
  };
}

/**
 * Writes one line for each invocation: how it ended and how long it took. It never logs the event: bodies hold env values,
 * and paths and queries hold text of callers.
 */
function invocationLog<Event, Result>({
  component,
  completed = 'invocation completed',
  facts,
}: Pick<LambdaDefinition<Event, Result, unknown>, 'component' | 'completed' | 'facts'>): Middleware<Event, Result> {
  const log: Middleware<Event, Result>['after'] = ({ internal, response, error }) => {
    const { begun = 0, logger = createLogger(), isExpected } = internal;
    const isMapped = response !== undefined && response !== null;
    if (error !== null && error !== undefined && !isExpected) {
      const message = isMapped ? 'unexpected error' : 'invocation failed';
      logger.error(message, { component, error: messageOf(error), stack: sourceStackOf(error) });
    }
    if (!isMapped) return;
    logger.info(completed, { component, ...facts(response), ...internal.facts, duration: millisecondsSince(begun) });
  };
  return {
    before: ({ internal }) => {
      internal.begun = performance.now();
    },
    after: log,
    onError: log,
  };
}

/** Returns the milliseconds since a time of `performance.now()`, to the microsecond. */
export function millisecondsSince(begun: number): number {
  return Math.round((performance.now() - begun) * 1000) / 1000;
}

/** Creates the services at the first invocation, and counts the cold start. */
function coldStart<Event, Result>(): Middleware<Event, Result> {
  return {
    before: async ({ context, internal }) => {
      const { logger, metrics } = await services();
      internal.logger = logger;
      metrics.recordColdStart(context.functionName);
    },
  };
}

/**
 * Loads what the first invocation needs while Lambda initializes the function. During initialization a function has a whole
 * processor. Afterwards it has a share that follows its memory: less than a third at 512 MB.
 * https://awslabs.github.io/aws-lambda-web-adapter/configuration/async-init.html
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
async function initialize(loads: (() => Promise<unknown>) | undefined): Promise<void> {
  if (process.env.AWS_LAMBDA_INITIALIZATION_TYPE === undefined) return;
  try {
    const { config } = await services();
    await Promise.all([loads?.(), config.tableName !== undefined && loadTableClient()]);
  } catch {
    // The first invocation tries again, and reports the error to its caller.
  }
}
