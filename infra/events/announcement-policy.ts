import { CfnEventBusPolicy, type IEventBus } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ANNOUNCEMENT_SOURCE } from '../../src/tenants/model/announcing.ts';

export interface AnnouncementPolicyProps {
  bus: IEventBus;
  /** The functions that may announce. */
  announcers: readonly IFunction[];
}

/**
 * Denies events with the source of Berth to everything but the functions that announce. Otherwise any principal of the
 * account that may put events on the bus could forge announcements. It stands beside the functions and not beside the bus,
 * because it names their roles.
 * Condition keys: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
 */
export class AnnouncementPolicy extends Construct {
  constructor(scope: Construct, id: string, { bus, announcers }: AnnouncementPolicyProps) {
    super(scope, id);
    const roles = announcers.flatMap(({ role }) => role?.roleArn ?? []);
    const statement = new PolicyStatement({
      sid: 'OnlyBerthAnnounces',
      effect: Effect.DENY,
      principals: [new StarPrincipal()],
      actions: ['events:PutEvents'],
      resources: [bus.eventBusArn],
      conditions: {
        'ForAnyValue:StringEquals': { 'events:source': ANNOUNCEMENT_SOURCE },
        // For a function, this is the ARN of its role and not of the session.
        ArnNotEquals: { 'aws:PrincipalArn': roles },
      },
    });
    new CfnEventBusPolicy(this, 'Policy', {
      eventBusName: bus.eventBusName,
      statementId: 'OnlyBerthAnnounces',
      statement: statement.toStatementJson(),
    });
  }
}
