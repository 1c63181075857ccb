import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { messageOf } from '../../../src/compute/errors.ts';
import type { TableChange } from '../../../src/events/announce-changes.ts';
import { fromAttributes } from '../../../src/tenants/store/dynamodb-table.ts';
import type { Item } from '../../../src/tenants/store/table.ts';
import { requestContext } from '../http/request-context.ts';
import { initialize } from '../setup/initialize.ts';
import { type Services, services } from '../setup/services.ts';
import { sourceStackOf } from '../telemetry/source-stack.ts';

export interface ChangeStreamDefinition<Order, More> {
  /** The name of the file in `functions/`. */
  name: string;
  /** What it needs beyond the services that every function is given. */
  uses: (services: Services) => More;
  /** Works on the changes of a batch. Answers those that have to come again. What it throws about one change it catches itself. */
  run(changes: readonly TableChange[], available: Services & More): Promise<readonly TableChange[]>;
  /** What the function does when somebody invokes it by hand, with something that is no batch. */
  order(event: unknown, available: Services & More & { remaining(): number }): Promise<Order>;
}

/** Makes a Lambda handler for the change stream of the table, with partial batch responses. */
export async function changeStream<Order, More>({ name, uses, run, order }: ChangeStreamDefinition<Order, More>) {
  const chain = middy(async (event: unknown, context: Context) => {
    const core = await services();
    const available = { ...core, ...uses(core) };
    if (!isBatch(event)) {
      return order(event, { ...available, remaining: () => context.getRemainingTimeInMillis() });
    }
    const records = new Map<TableChange, DynamoDBRecord>();
    for (const record of event.Records) records.set(toChange(record), record);
    const failed = await run([...records.keys()], available);
    const batchItemFailures = failed.map((change) => ({ itemIdentifier: sequenceOf(records.get(change)) }));
    return { batchItemFailures } satisfies DynamoDBBatchResponse;
  });
  await initialize();
  return (event: unknown, context: Context) =>
    requestContext.run(
      {
        operation: name,
        request_id: context.awsRequestId,
        function_name: context.functionName,
        function_request_id: context.awsRequestId,
      },
      async () => {
        try {
          return await chain(event, context);
        } catch (error) {
          const { logger } = await services();
          logger.error('invocation failed', {
            component: 'change-stream',
            error: messageOf(error),
            stack: sourceStackOf(error),
          });
          throw error;
        }
      },
    );
}

function isBatch(event: unknown): event is DynamoDBStreamEvent {
  return typeof event === 'object' && event !== null && 'Records' in event && Array.isArray(event.Records);
}

function toChange({ dynamodb }: DynamoDBRecord): TableChange {
  return { before: toItem(dynamodb?.OldImage), after: toItem(dynamodb?.NewImage) };
}

/** The types of events and of the SDK describe the same values, each in its own way. */
function toItem(image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): Item | undefined {
  return image && fromAttributes(image as Record<string, AttributeValue>);
}

function sequenceOf(record: DynamoDBRecord | undefined): string {
  return record?.dynamodb?.SequenceNumber ?? '';
}
