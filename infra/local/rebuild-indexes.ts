import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * What dynalite keeps of indexes lies under keys of this range of its LevelDB (its `db/index.js`: `index-global~TABLE~INDEX~`).
 * A test kills a writing host and finds everything again, so a version with another layout would not go unnoticed.
 */
const INDEX_KEYS = { gte: 'index-', lt: 'index.' };

/** Forgets all indexes of a table server that is not running. */
export async function dropIndexes(directory: string): Promise<void> {
  const { Level } = await import('level');
  const level = new Level(directory);
  try {
    await level.clear(INDEX_KEYS);
  } finally {
    await level.close();
  }
}

/** Writes every item once more, as it is, which makes its index entries anew. Answers how many there were. */
export async function restoreIndexes(client: DynamoDBClient, TableName: string): Promise<number> {
  const { paginateScan, PutItemCommand } = await import('@aws-sdk/client-dynamodb');
  let count = 0;
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const Item of Items) await client.send(new PutItemCommand({ TableName, Item }));
    count += Items.length;
  }
  return count;
}
