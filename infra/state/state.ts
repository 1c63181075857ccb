import { RemovalPolicy } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { createDeadLetterQueue, QueueWithDeadLetters } from '../events/queue-with-dead-letters.ts';
import { requestRule } from '../events/request-rule.ts';
import { TenantsTable } from './tenants-table.ts';

export interface StateProps {
  /** A table of your own, with the keys, indexes and stream (new and old images) of `TenantsTable`. Default: one is made, and kept. */
  table?: ITableV2 | undefined;
  /** A bus of your own. Default: one is made. */
  bus?: IEventBus | undefined;
  /** The name of the bus that is made. Default `berth`. */
  busName?: string | undefined;
}

/**
 * What has to outlive a deployment: the table, the bus, the requests that wait, and what could not be processed. As long
 * as it stands, nothing that was asked for is lost, whatever becomes of the functions.
 */
export class State extends Construct {
  readonly table: ITableV2;
  readonly bus: IEventBus;
  /** Requests by event: from the bus, until a function has recorded them. */
  readonly requests: QueueWithDeadLetters;
  /** Where in the change stream announcements got stuck. */
  readonly changesDeadLetters: Queue;

  constructor(scope: Construct, id: string, { table, bus, busName = 'berth' }: StateProps = {}) {
    super(scope, id);
    this.table = table ?? (new TenantsTable(this, 'Tenants').table as ITableV2); // the library’s own types differ in optional fields
    if (!this.table.tableStreamArn) {
      throw new Error(
        'The table has no stream. Give it one with new and old images, and import it with its tableStreamArn.',
      );
    }
    const description = 'Berth: requests and announcements';
    this.bus = (bus ?? new EventBus(this, 'Bus', { eventBusName: busName, description })) as IEventBus;
    this.requests = new QueueWithDeadLetters(this, 'Requests', {
      consumer: 'on-tenant-requested',
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.changesDeadLetters = createDeadLetterQueue(this, 'ChangesDeadLetters');
    requestRule(this, this.bus, this.requests);
  }
}
