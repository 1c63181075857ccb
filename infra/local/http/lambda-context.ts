import type { Context } from 'aws-lambda';

/** The context of one invocation, with a remaining time that really runs out. */
export function createContext(operation: string, requestId: string, timeout: number): Context {
  const begun = performance.now();
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
    getRemainingTimeInMillis: () => Math.max(0, Math.round(timeout - (performance.now() - begun))),
    done: refuse,
    fail: refuse,
    succeed: refuse,
  };
}

/** The callbacks of the first Lambda runtimes. */
function refuse(): never {
  throw new Error('handlers answer with a promise');
}
