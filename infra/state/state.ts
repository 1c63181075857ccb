import { RemovalPolicy } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { requestDetails } from '../../src/events/request.ts';
import { ANNOUNCEMENT_SOURCE } from '../../src/tenants/model/announcing.ts';
import { createDeadLetterQueue, QueueWithDeadLetters } from '../events/queue-with-dead-letters.ts';
import { TenantsTable } from './tenants-table.ts';

export interface StateProps {
  /** An existing table with the keys, indexes and stream (new and old images) of `TenantsTable`. Default: a new one. */
  table?: ITableV2 | undefined;
  /** An existing bus. Default: a new one. */
  bus?: IEventBus | undefined;
  /** The name of the new bus. Default: `berth`. */
  busName?: string | undefined;
}

/**
 * Everything that has to survive a deployment: the table, the bus, waiting requests and dead letters. While it exists, no
 * request is lost, whatever happens to the functions.
 */
export class State extends Construct {
  readonly table: ITableV2;
  readonly bus: IEventBus;
  /** False for a bus that was passed in: its policy is a matter of its owner. */
  readonly ownsBus: boolean;
  /** Holds requests from the bus until a function has recorded them. */
  readonly requests: QueueWithDeadLetters;
  /** Receives stream positions of changes that could not be announced. */
  readonly changesDeadLetters: Queue;

  constructor(scope: Construct, id: string, { table, bus, busName = 'berth' }: StateProps = {}) {
    super(scope, id);
    // The types of the library differ in optional fields.
    this.table = table ?? (new TenantsTable(this, 'Tenants').table as ITableV2);
    if (!this.table.tableStreamArn) {
      throw new Error(
        'The table has no stream. Enable one with new and old images, and import the table with its tableStreamArn.',
      );
    }
    // A bus in GovCloud has no description: the property would fail the deployment.
    this.ownsBus = bus === undefined;
    this.bus = (bus ?? new EventBus(this, 'Bus', { eventBusName: busName })) as IEventBus;
    this.requests = new QueueWithDeadLetters(this, 'Requests', {
      consumer: 'on-tenant-requested',
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.changesDeadLetters = createDeadLetterQueue(this, 'ChangesDeadLetters');
    this.#leadRequests();
  }

  /** Leads requests from the bus into the queue. An event with the source of Berth is an announcement, never a request. */
  #leadRequests(): void {
    const { queue, deadLetters: deadLetterQueue } = this.requests;
    new Rule(this, 'RequestRule', {
      eventBus: this.bus,
      description: 'Berth: requests for tenants, from any source but Berth itself',
      eventPattern: { source: Match.anythingBut(ANNOUNCEMENT_SOURCE), detailType: Object.keys(requestDetails) },
      targets: [new SqsQueue(queue, { deadLetterQueue })],
    });
  }
}
