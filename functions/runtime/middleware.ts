import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { messageOf } from '../../src/compute/errors.ts';
import { toResult } from './http/answer.ts';
import { toProblem } from './http/problem.ts';
import { requestContext } from './http/request-context.ts';
import { type Services, services } from './setup/services.ts';
import { createLogger } from './telemetry/logger.ts';
import { sourceStackOf } from './telemetry/source-stack.ts';

export type Event = APIGatewayProxyEventV2;
export type Result = APIGatewayProxyStructuredResultV2;

/** What middleware leaves for what comes after it. */
interface Internal extends Record<string, unknown> {
  begun?: number;
  /** Once they are ready. */
  available?: Services;
  /** Of the problem that was answered. */
  code?: string;
}

type Middleware = MiddlewareObj<Event, Result, Error, Context, Internal>;
type Request = Parameters<NonNullable<Middleware['after']>>[0];

/**
 * One line for each request: what, how it ended, how long it took. Never the event: bodies hold env values, and paths
 * and queries are what strangers write.
 */
export function requestLog(): Middleware {
  return {
    before: ({ internal }) => {
      internal.begun = performance.now();
    },
    after: logRequest,
    onError: logRequest,
  };
}

function logRequest({ internal: { begun = 0, available, code }, response, error }: Request): void {
  const logger = available?.logger ?? createLogger();
  const component = 'http';
  const duration = Math.round((performance.now() - begun) * 1000) / 1000;
  if (response?.statusCode === 500) {
    logger.error('unexpected error', { component, error: messageOf(error), stack: sourceStackOf(error) });
  }
  logger.info('request completed', { component, status: response?.statusCode, duration, ...(code && { code }) });
}

/** Turns whatever was thrown into an answer. It sets the answer instead of returning it, so that the log comes after. */
export function problems(): Middleware {
  return {
    onError: (request) => {
      const requestId = requestContext.getStore()?.request_id ?? '';
      const problem = toProblem(request.error, requestId);
      request.internal.code = problem.body.code;
      request.response = toResult(problem, requestId);
    },
  };
}

/** Counts a cold start once the services are ready. */
export function coldStart(): Middleware {
  return {
    before: async ({ context, internal }) => {
      internal.available = await services();
      internal.available.metrics.recordColdStart(context.functionName);
    },
  };
}
