import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { CommandError } from '../../../../infra/local/command-error.ts';
import { startChangeFeed } from '../../../../infra/local/events/change-feed.ts';
import { ChangeLog } from '../../../../infra/local/events/change-log.ts';
import { EventStore } from '../../../../infra/local/events/event-store.ts';
import { startTableServer } from '../../../../infra/local/table/table-server.ts';
import { ConditionFailedError } from '../../../../src/tenants/store/table.ts';
import { memorySpec } from '../../../functions/invoke.ts';
import { createCapturedLogger } from '../../../support/captured-logger.ts';
import { send, startTestServer, temporaryDirectory } from '../fixture.ts';
import { subscribe } from './events.ts';

async function open(directory = join(temporaryDirectory(), 'tables')) {
  const changes = new ChangeLog();
  const { table, close } = await startTableServer({ directory, changes });
  let isOpen = true;
  const closeOnce = async () => {
    if (isOpen) await close();
    isOpen = false;
  };
  onTestFinished(closeOnce);
  return { changes, table, close: closeOnce, directory };
}

function tenantItem(id: string, version: number) {
  return { pk: `tenant#${id}`, sk: id, data: `${version}`, version };
}

test('every write of a tenant is on record, with what was there before, and no other is; also after a restart', async () => {
  const { table, changes, close, directory } = await open();
  await table.put(tenantItem('a', 1), 'absent');
  await table.put(tenantItem('a', 2), 1);
  await expect(table.put(tenantItem('a', 9), 1)).rejects.toThrow(ConditionFailedError);
  await table.put({ pk: 'history#a', sk: '1', data: '{}' }, 'any');
  await table.remove('tenant#a', 'a');
  const expected = [
    { before: undefined, after: { data: { S: '1' }, version: { N: '1' } } },
    { before: { data: { S: '1' } }, after: { data: { S: '2' } } },
    { before: { data: { S: '2' } }, after: undefined },
  ];
  expect(await changes.read(10)).toMatchObject(expected);
  await close();
  const again = await open(directory);
  const records = await again.changes.read(10);
  expect(records).toMatchObject(expected);
  await again.changes.remove(records.slice(0, 2).map(({ sequence }) => sequence));
  await again.table.put(tenantItem('a', 1), 'absent');
  expect((await again.changes.read(10)).map(({ after }) => after?.data)).toEqual([undefined, { S: '1' }]);
});

test('the feed hands every record to the function until it takes it, and one that it refuses does not hold up the others', async () => {
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

test('a host that cannot read its events says where they are, and what to do', async () => {
  const dataDir = temporaryDirectory();
  await (await EventStore.open(dataDir)).close();
  writeFileSync(join(dataDir, 'events', 'CURRENT'), 'MANIFEST-999999\n');
  const refused = expect(EventStore.open(dataDir)).rejects;
  await refused.toThrow(CommandError);
  await refused.toThrow(`The events in ${join(dataDir, 'events')} cannot be read`);
});

test('dead letters are listed without what they say, and tried again when somebody asks', async () => {
  const dataDir = temporaryDirectory();
  const store = await EventStore.open(dataDir);
  const event = {
    id: 'event-1',
    'detail-type': 'Tenant Provision Requested',
    source: 'crm',
    account: '000000000000',
    time: '2026-11-25T12:00:00Z',
    detail: { data: memorySpec({ containers: [{ name: 'web', image: 'busybox:1', env: { KEY: 'c4n4ry' } }] }) },
  };
  const letter = { body: JSON.stringify(event), sent: Date.parse(event.time), receives: 50, due: 0 };
  await store.write('dead-on-tenant-requested', [['1', letter]]);
  await store.close();
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
