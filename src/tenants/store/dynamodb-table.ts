import type { AttributeValue, CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ThrottledError } from '../../compute/errors.ts';
import { ConditionFailedError, type IndexName, type Item, indexes, type Query, type Table } from './table.ts';

const numeric = new Set<keyof Item>(['version', 'ttl']);

/** Returns the table's definition, which infrastructure creates and this file relies on. */
export function tableDefinition(name: string): CreateTableCommandInput {
  const keys = new Set<string>(['pk', 'sk', ...Object.values(indexes).flatMap(({ key, sort }) => [key, sort])]);
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...keys].map((key) => ({ AttributeName: key, AttributeType: 'S' as const })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: Object.entries(indexes).map(([index, { key, sort, projected }]) => ({
      IndexName: index,
      KeySchema: [
        { AttributeName: key, KeyType: 'HASH' as const },
        { AttributeName: sort, KeyType: 'RANGE' as const },
      ],
      Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...projected] },
    })),
  };
}

export interface DynamoDBTableOptions {
  tableName: string;
  /** Called at the first use, so that a function that never touches the table loads no SDK. */
  client: () => Promise<Pick<DynamoDBClient, 'send'>>;
}

/**
 * Returns the table in DynamoDB, or in anything that speaks its API. Throttling that outlives the client's own retries
 * throws `ThrottledError`.
 */
export function createDynamoDBTable({ tableName: TableName, client: connect }: DynamoDBTableOptions): Table {
  const sdk = () => import('./dynamodb-sdk.ts');
  return {
    async get(pk, sk) {
      const [{ GetItemCommand }, client] = await Promise.all([sdk(), connect()]);
      const input = { TableName, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true };
      const { Item } = await client.send(new GetItemCommand(input)).catch(rethrow);
      return Item && fromAttributes(Item);
    },

    async put(item, expected) {
      const [{ PutItemCommand }, client] = await Promise.all([sdk(), connect()]);
      const condition = {
        any: {},
        absent: { ConditionExpression: 'attribute_not_exists(pk)' },
        version: {
          ConditionExpression: 'version = :version',
          ExpressionAttributeValues: { ':version': { N: String(expected) } },
        },
      }[typeof expected === 'number' ? 'version' : expected];
      await client.send(new PutItemCommand({ TableName, Item: toAttributes(item), ...condition })).catch(rethrow);
    },

    async remove(pk, sk) {
      const [{ DeleteItemCommand }, client] = await Promise.all([sdk(), connect()]);
      await client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: sk } } })).catch(rethrow);
    },

    async query(query) {
      const [{ QueryCommand }, client] = await Promise.all([sdk(), connect()]);
      const input = toQuery(TableName, query);
      const items: Item[] = [];
      let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
      do {
        // A page ends at 1 MB, whatever its limit (DynamoDB developer guide, "Paginating table query results").
        const command = new QueryCommand({ ...input, Limit: query.limit - items.length, ExclusiveStartKey });
        const page: Page = await client.send(command).catch(rethrow);
        items.push(...(page.Items ?? []).map(fromAttributes));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey && items.length < query.limit);
      return items;
    },
  };
}

/** Declared, because TypeScript cannot infer a type from a loop that feeds on its own output. */
interface Page {
  Items?: Record<string, AttributeValue>[] | undefined;
  LastEvaluatedKey?: Record<string, AttributeValue> | undefined;
}

function toQuery(TableName: string, { index, key, range, descending }: Query) {
  const [keyName, sortName] = index ? [indexes[index].key, indexes[index].sort] : ['pk', 'sk'];
  const [expression, value] = rangeExpression(range);
  return {
    TableName,
    ...(index ? { IndexName: index satisfies IndexName } : { ConsistentRead: true }),
    KeyConditionExpression: `#key = :key${expression}`,
    ExpressionAttributeNames: { '#key': keyName, ...(value !== undefined && { '#sort': sortName }) },
    ExpressionAttributeValues: { ':key': { S: key }, ...(value !== undefined && { ':sort': { S: value } }) },
    ScanIndexForward: !descending,
  };
}

function rangeExpression(range: Query['range']): [expression: string, value: string | undefined] {
  if (!range) return ['', undefined];
  if ('after' in range) return [' AND #sort > :sort', range.after];
  if ('before' in range) return [' AND #sort < :sort', range.before];
  if ('upTo' in range) return [' AND #sort <= :sort', range.upTo];
  return [' AND begins_with(#sort, :sort)', range.beginsWith];
}

export function toAttributes(item: Item): Record<string, AttributeValue> {
  const present = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    present.map(([key, value]) => [key, numeric.has(key as keyof Item) ? { N: String(value) } : { S: value }]),
  );
}

/** Returns the item of DynamoDB's attributes, which the records of the change stream contain too. */
export function fromAttributes(attributes: Record<string, AttributeValue>): Item {
  const entries = Object.entries(attributes).map(([key, { S, N }]) => [key, S ?? Number(N)]);
  return { data: '', ...Object.fromEntries(entries) };
}

const THROTTLES = new Set(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded']);

function rethrow(error: unknown): never {
  const name = error instanceof Error ? error.name : '';
  if (name === 'ConditionalCheckFailedException') throw new ConditionFailedError(name);
  if (THROTTLES.has(name)) throw new ThrottledError('the tenants table', { cause: error });
  throw error;
}
