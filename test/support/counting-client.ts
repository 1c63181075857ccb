import type { DynamoDBClient, QueryCommandOutput } from '@aws-sdk/client-dynamodb';

/** The calls to a table. A query counts once for each of its pages. */
export interface TableCalls {
  reads: number;
  writes: number;
  /** The number of items that queries examined, as reported by the table. */
  examined: number;
}

type Send = Pick<DynamoDBClient, 'send'>;

const kinds: Record<string, 'reads' | 'writes' | undefined> = {
  GetItemCommand: 'reads',
  QueryCommand: 'reads',
  PutItemCommand: 'writes',
  DeleteItemCommand: 'writes',
};

/** Counts the calls of a client. Calls other than those for single items and queries by key are errors. */
export function countCalls(client: Send): { client: Send; calls: TableCalls } {
  const calls: TableCalls = { reads: 0, writes: 0, examined: 0 };
  const send = async (command: Parameters<Send['send']>[0]) => {
    const kind = kinds[command.constructor.name];
    if (!kind) throw new Error(`${command.constructor.name} is neither a call for a single item nor a query by key`);
    calls[kind] += 1;
    const output = await client.send(command);
    if (command.constructor.name === 'QueryCommand') calls.examined += (output as QueryCommandOutput).ScannedCount ?? 0;
    return output;
  };
  return { client: { send: send as Send['send'] }, calls };
}
