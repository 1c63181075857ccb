import type { DynamoDBStreamEvent } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { ChangeLog } from '../../../../infra/local/database/change-log.ts';
import { openDatabase } from '../../../../infra/local/database/open-database.ts';
import { createSqliteTable } from '../../../../infra/local/database/sqlite-table.ts';
import { startChangeFeed } from '../../../../infra/local/events/change-feed.ts';
import { ConditionFailedError } from '../../../../src/tenants/store/table.ts';
import { memorySpec } from '../../../functions/invoke.ts';
import { createCapturedLogger } from '../../../support/captured-logger.ts';
import { send, startTestServer, temporaryDirectory } from '../fixture.ts';
import { subscribe } from './events.ts';

async function open(directory = temporaryDirectory()) {
  const database = await openDatabase(directory);
  onTestFinished(() => database.close());
  const changes = new ChangeLog(database);
  return { changes, table: createSqliteTable(database, changes.written), database, directory };
}

function tenantItem(id: string, version: number) {
  return { pk: `tenant#${id}`, sk: id, data: `${version}`, version };
}

test('only writes of tenants are recorded, with the item before, and a restart keeps the records', async () => {
  const { table, changes, database, directory } = await open();
  await table.put(tenantItem('a', 1), 'absent');
  await table.put(tenantItem('a', 2), 1);
  await expect(table.put(tenantItem('a', 9), 1)).rejects.toThrow(ConditionFailedError);
  await table.put({ pk: 'history#a', sk: '1', data: '{}' }, 'any');
  await table.remove('tenant#a', 'a');
  const expected = [
    { sequence: 1, before: undefined, after: tenantItem('a', 1) },
    { sequence: 2, before: tenantItem('a', 1), after: tenantItem('a', 2) },
    { sequence: 3, before: tenantItem('a', 2), after: undefined },
  ];
  expect(changes.read(10)).toEqual(expected);
  database.close();
  const again = await open(directory);
  expect(again.changes.read(10)).toEqual(expected);
  again.changes.remove([1, 2, 3]);
  await again.table.put(tenantItem('a', 1), 'absent');
  expect(again.changes.read(10)).toEqual([{ sequence: 4, before: undefined, after: tenantItem('a', 1) }]);
});

test('the feed delivers a record until the function accepts it, and a refused one does not block others', async () => {
  const { table, changes } = await open();
  const seen: string[] = [];
  let refuses = 2;
  const handler = async ({ Records }: DynamoDBStreamEvent) => {
    const batchItemFailures = [];
    for (const { dynamodb } of Records) {
      const id = dynamodb?.NewImage?.sk?.S ?? '';
      if (id === 'poison' && refuses > 0) {
        refuses -= 1;
        batchItemFailures.push({ itemIdentifier: dynamodb?.SequenceNumber ?? '' });
      } else seen.push(id);
    }
    return { batchItemFailures };
  };
  await table.put(tenantItem('poison', 1), 'absent');
  const stop = startChangeFeed({ changes, handler, logger: createCapturedLogger() });
  onTestFinished(stop);
  await table.put(tenantItem('a', 1), 'absent');
  await expect.poll(() => seen).toEqual(['a']);
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['a', 'poison']);
  await expect.poll(() => changes.read(1)).toEqual([]);
});

test('dead letters are listed without their specifications, and delivered again by a redrive', async () => {
  const dataDir = temporaryDirectory();
  const { database } = await open(dataDir);
  const event = {
    id: 'event-1',
    'detail-type': 'Tenant Provision Requested',
    source: 'crm',
    account: '000000000000',
    time: '2026-11-25T12:00:00Z',
    detail: { data: memorySpec({ containers: [{ name: 'web', image: 'busybox:1', env: { KEY: 'c4n4ry' } }] }) },
  };
  database.run(
    'INSERT INTO messages (body, sent, receives, due, is_dead) VALUES (?, ?, 50, 0, 1)',
    JSON.stringify(event),
    Date.parse(event.time),
  );
  database.close();
  const { url } = await startTestServer({ dataDir });
  const announcements = await subscribe(url);
  const { text, body } = await send(url, 'GET', '/v1/dead-letters');
  expect(body).toEqual({
    dead_letters: [
      {
        id: '1',
        sent_at: '2026-11-25T12:00:00.000Z',
        receives: 50,
        event: {
          id: 'event-1',
          'detail-type': event['detail-type'],
          source: 'crm',
          time: event.time,
          tenant_id: 'acme',
        },
      },
    ],
  });
  expect(text).not.toContain('c4n4ry');
  expect((await send(url, 'POST', '/v1/dead-letters/redrive')).body).toEqual({ redriven: 1 });
  expect(await announcements.next()).toMatchObject({ type: 'Tenant Provisioned' });
  expect((await send(url, 'GET', '/v1/dead-letters')).body).toEqual({ dead_letters: [] });
});
