import type { DynamoDBClient, QueryCommandOutput } from '@aws-sdk/client-dynamodb';

/** What was asked of a table. A query of several pages counts as often as it has pages. */
export interface TableCalls {
  reads: number;
  writes: number;
  /** Items that queries looked at, as the table itself says. */
  examined: number;
}

type Send = Pick<DynamoDBClient, 'send'>;

const kinds: Record<string, 'reads' | 'writes' | undefined> = {
  GetItemCommand: 'reads',
  QueryCommand: 'reads',
  PutItemCommand: 'writes',
  DeleteItemCommand: 'writes',
};

/** Counts what goes through a client. Anything but single items and queries by key is an error. */
export function countCalls(client: Send): { client: Send; calls: TableCalls } {
  const calls: TableCalls = { reads: 0, writes: 0, examined: 0 };
  const send = async (command: Parameters<Send['send']>[0]) => {
    const kind = kinds[command.constructor.name];
    if (!kind) throw new Error(`${command.constructor.name} is neither about a single item nor a query by key`);
    calls[kind] += 1;
    const output = await client.send(command);
    if (command.constructor.name === 'QueryCommand') calls.examined += (output as QueryCommandOutput).ScannedCount ?? 0;
    return output;
  };
  return { client: { send: send as Send['send'] }, calls };
}
