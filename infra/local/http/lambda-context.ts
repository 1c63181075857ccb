import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';

/** Milliseconds. API Gateway waits at most 30 s. */
export const FUNCTION_TIMEOUT = 29_000;

/** Creates the context of one invocation. Its remaining time counts down from `timeout` milliseconds. */
export function createContext(
  operation: string,
  requestId: string = randomUUID(),
  timeout = FUNCTION_TIMEOUT,
): Context {
  const startedAt = performance.now();
  const functionName = `berth-${operation}`;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: '1024',
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, Math.round(timeout - (performance.now() - startedAt))),
    done: refuse,
    fail: refuse,
    succeed: refuse,
  };
}

/** Stands for the callbacks of the first Lambda runtimes. */
function refuse(): never {
  throw new Error('handlers return a promise');
}
