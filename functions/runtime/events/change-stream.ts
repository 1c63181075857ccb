import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { TableChange } from '../../../src/events/announce-changes.ts';
import { fromAttributes } from '../../../src/tenants/store/dynamodb-table.ts';
import type { Item } from '../../../src/tenants/store/table.ts';
import { type HandlerDefinition, type LambdaHandler, lambda } from '../lambda.ts';
import type { Services } from '../setup/services.ts';

export interface ChangeStreamDefinition<Report, More> extends HandlerDefinition<More> {
  uses: (services: Services) => More;
  /** Processes the changes of a batch and returns those that must come again. It handles the errors of single changes. */
  run(changes: readonly TableChange[], given: Services & More): Promise<readonly TableChange[]>;
  /** Carries out an order: an event that an operator sends by hand instead of a batch. */
  order(event: unknown, given: Services & More & { remaining(): number }): Promise<Report>;
}

/** Makes a Lambda handler for the change stream of the table. Only the changes that it reports as failed come again. */
export async function changeStream<Report, More>({
  name,
  uses,
  run,
  order,
}: ChangeStreamDefinition<Report, More>): Promise<LambdaHandler<unknown, DynamoDBBatchResponse | Report>> {
  return lambda<unknown, DynamoDBBatchResponse | Report, More>({
    name,
    uses,
    component: 'change-stream',
    facts: (report) => ({ report }),
    async run(event, given, context) {
      if (!isBatch(event)) return order(event, { ...given, remaining: () => context.getRemainingTimeInMillis() });
      const records = new Map(event.Records.map((record) => [toChange(record), record]));
      const failed = await run([...records.keys()], given);
      const batchItemFailures = failed.map((change) => ({ itemIdentifier: sequenceOf(records.get(change)) }));
      return { batchItemFailures } satisfies DynamoDBBatchResponse;
    },
  });
}

function isBatch(event: unknown): event is DynamoDBStreamEvent {
  return typeof event === 'object' && event !== null && 'Records' in event && Array.isArray(event.Records);
}

function toChange({ dynamodb }: DynamoDBRecord): TableChange {
  return { before: toItem(dynamodb?.OldImage), after: toItem(dynamodb?.NewImage) };
}

/** Converts an image. The types of events and of the SDK describe the same values differently. */
function toItem(image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): Item | undefined {
  return image && fromAttributes(image as Record<string, AttributeValue>);
}

function sequenceOf(record: DynamoDBRecord | undefined): string {
  return record?.dynamodb?.SequenceNumber ?? '';
}
