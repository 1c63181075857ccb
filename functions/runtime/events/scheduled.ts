import { setTimeout as sleep } from 'node:timers/promises';
import middy from '@middy/core';
import type { Context, ScheduledEvent } from 'aws-lambda';
import { messageOf } from '../../../src/compute/errors.ts';
import { requestContext } from '../http/request-context.ts';
import { initialize } from '../setup/initialize.ts';
import { type Services, services } from '../setup/services.ts';
import { sourceStackOf } from '../telemetry/source-stack.ts';

export interface ScheduledRun extends Services {
  /** Milliseconds until Lambda ends the invocation. */
  remaining(): number;
  pause(ms: number): Promise<void>;
}

export interface ScheduledDefinition<Report, More> {
  name: string;
  /** What it needs beyond the services that every function is given. */
  uses: (services: Services) => More;
  run(given: ScheduledRun & More): Promise<Report>;
}

/** Makes a Lambda handler for a schedule. What it throws is logged and thrown on, so that Lambda counts it as an error. */
export async function scheduled<Report, More>({ name, uses, run }: ScheduledDefinition<Report, More>) {
  const chain = middy(async (_event: ScheduledEvent, context: Context): Promise<Report> => {
    const available = await services();
    const { logger } = available;
    try {
      const pause = (ms: number) => sleep(ms);
      const report = await run({
        ...available,
        ...uses(available),
        remaining: () => context.getRemainingTimeInMillis(),
        pause,
      });
      logger.info('schedule completed', { component: 'schedule', report });
      return report;
    } catch (error) {
      logger.error('schedule failed', { component: 'schedule', error: messageOf(error), stack: sourceStackOf(error) });
      throw error;
    }
  });
  await initialize();
  return (event: ScheduledEvent, context: Context) =>
    requestContext.run(
      {
        operation: name,
        request_id: event.id,
        function_name: context.functionName,
        function_request_id: context.awsRequestId,
      },
      () => chain(event, context),
    );
}
