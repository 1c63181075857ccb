import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { ThrottledError } from '../../../src/compute/errors.ts';
import { createDynamoDBTable, fromAttributes, tableDefinition } from '../../../src/tenants/store/dynamodb-table.ts';
import { ConditionFailedError, indexes, type Table } from '../../../src/tenants/store/table.ts';

/** Returns a table whose database fails every request with an error of that name. */
function failingTable(name: string) {
  const error = Object.assign(new Error(`${name} happened`), { name });
  const client = { send: () => Promise.reject(error) } as unknown as Pick<DynamoDBClient, 'send'>;
  return { error, table: createDynamoDBTable({ tableName: 'tenants', client: async () => client }) };
}

const requests: Record<string, (table: Table) => Promise<unknown>> = {
  get: (table) => table.get('pk', 'sk'),
  put: (table) => table.put({ pk: 'pk', sk: 'sk', data: '' }, 'absent'),
  remove: (table) => table.remove('pk', 'sk'),
  query: (table) => table.query({ key: 'pk', limit: 1 }),
};

test.each(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'])(
  '%s is throttling, which is retryable',
  async (name) => {
    const { table, error } = failingTable(name);
    for (const request of Object.values(requests)) {
      const thrown = await request(table).catch((reason: unknown) => reason);
      expect(thrown).toBeInstanceOf(ThrottledError);
      expect(thrown).toMatchObject({ retryable: true, cause: error });
    }
  },
);

test('a failed condition has an error of its own, and other errors pass', async () => {
  const refused = failingTable('ConditionalCheckFailedException');
  await expect(requests.put?.(refused.table)).rejects.toThrow(ConditionFailedError);
  const { table, error } = failingTable('ValidationException');
  for (const request of Object.values(requests)) await expect(request(table)).rejects.toBe(error);
});

test('the client is made at the first request', async () => {
  let connections = 0;
  const client = { send: async () => ({}) } as unknown as Pick<DynamoDBClient, 'send'>;
  const connect = async () => {
    connections += 1;
    return client;
  };
  const table = createDynamoDBTable({ tableName: 'tenants', client: connect });
  expect(connections).toBe(0);
  expect(await table.get('pk', 'sk')).toBeUndefined();
  expect(connections).toBe(1);
});

test('the definition has the indexes of the store, and defines key attributes only', () => {
  const { GlobalSecondaryIndexes = [], AttributeDefinitions = [], KeySchema = [] } = tableDefinition('tenants');
  expect(GlobalSecondaryIndexes.map(({ IndexName }) => IndexName)).toEqual(Object.keys(indexes));
  const keys = [KeySchema, ...GlobalSecondaryIndexes.map((index) => index.KeySchema ?? [])].flat();
  const named = AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  expect(new Set(named)).toEqual(new Set(keys.map(({ AttributeName }) => AttributeName)));
  expect(named).toHaveLength(new Set(named).size);
});

test('an item of the change stream is read like an item of the table', () => {
  const image = { pk: { S: 'tenant#acme' }, sk: { S: 'acme' }, data: { S: '{}' }, version: { N: '12' } };
  expect(fromAttributes(image)).toEqual({ pk: 'tenant#acme', sk: 'acme', data: '{}', version: 12 });
});
