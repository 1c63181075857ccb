import { setTimeout as sleep } from 'node:timers/promises';
import type { ScheduledEvent } from 'aws-lambda';
import { type HandlerDefinition, type LambdaHandler, lambda } from '../lambda.ts';
import type { Services } from '../setup/services.ts';

export interface ScheduledRun extends Services {
  /** Milliseconds until Lambda ends the invocation. */
  remaining(): number;
  pause(ms: number): Promise<void>;
}

export interface ScheduleDefinition<Report, More> extends HandlerDefinition<More> {
  uses: (services: Services) => More;
  /** Returns a report for the log. An error is logged and thrown, and Lambda counts it. */
  run(given: ScheduledRun & More): Promise<Report>;
}

/** Makes a Lambda handler for a schedule of EventBridge. */
export async function schedule<Report, More>({
  name,
  uses,
  run,
}: ScheduleDefinition<Report, More>): Promise<LambdaHandler<ScheduledEvent, Report>> {
  return lambda<ScheduledEvent, Report, More>({
    name,
    uses,
    component: 'schedule',
    requestId: (event) => event.id,
    facts: (report) => ({ report }),
    run: (_event, given, context) =>
      run({ ...given, remaining: () => context.getRemainingTimeInMillis(), pause: (ms) => sleep(ms) }),
  });
}
