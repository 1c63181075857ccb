import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

/** Begins the sweep every minute. One that is late is of no use: the next one does its work. */
export function sweepSchedule(scope: Construct, id: string, sweep: IFunction): Rule {
  const rule = new Rule(scope, id, {
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaFunction(sweep, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    description: 'Berth: finishes what was left unfinished',
  });
  acknowledge(rule, { 'Serverless-EventBusDLQ': 'a beat of the clock that is missed is made up for by the next' });
  return rule;
}
