import type { SQSEvent } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../../infra/local/database/open-database.ts';
import { LocalQueue } from '../../../../infra/local/events/local-queue.ts';
import { createCapturedLogger } from '../../../support/captured-logger.ts';
import { temporaryDirectory } from '../fixture.ts';

type Serve = (body: string, receives: number) => boolean | Promise<boolean>;

/** A queue whose messages are served by `serve`, which returns whether it succeeded. */
async function open(serve: Serve, options: { directory?: string; maxReceives?: number } = {}) {
  const { directory = temporaryDirectory(), maxReceives = 3 } = options;
  const database = await openDatabase(directory);
  const queue = new LocalQueue({ database, operation: 'test', maxReceives, firstPause: 1 });
  const logger = createCapturedLogger();
  const handler = async ({ Records }: SQSEvent) => {
    const results = await Promise.all(
      Records.map(async ({ messageId, body, attributes }) => ({
        itemIdentifier: messageId,
        isDone: await serve(body, Number(attributes.ApproximateReceiveCount)),
      })),
    );
    return { batchItemFailures: results.filter(({ isDone }) => !isDone) };
  };
  const close = async () => {
    await queue.stop();
    database.close();
  };
  onTestFinished(close);
  queue.start({ handler, logger });
  const messages = () => database.all('SELECT body, receives, is_dead FROM messages ORDER BY id');
  return { queue, database, logger, messages, close, directory };
}

test('every message is served, failed ones again, and the others do not wait for them', async () => {
  const served: string[] = [];
  const { queue, messages } = await open((body, receives) => {
    served.push(`${body} ${receives}`);
    return body !== 'bad' || receives === 2;
  });
  queue.send(['good', 'bad', 'better']);
  await expect.poll(() => served.toSorted()).toEqual(['bad 1', 'bad 2', 'better 1', 'good 1']);
  await expect.poll(messages).toEqual([]);
});

test('a message that fails too often becomes a dead letter, is logged, and can be delivered again', async () => {
  let isMended = false;
  const served: string[] = [];
  const { queue, logger } = await open((body) => {
    if (isMended) served.push(body);
    return isMended;
  });
  queue.send(['poison']);
  await expect.poll(() => queue.deadLetters()).toMatchObject([{ body: 'poison', receives: 3 }]);
  expect(logger.entries).toContainEqual(expect.objectContaining({ message: 'message given up' }));
  isMended = true;
  expect(queue.redrive()).toBe(1);
  await expect.poll(() => served).toEqual(['poison']);
  expect(queue.deadLetters()).toEqual([]);
});

test('a function that throws has served nothing of its batch', async () => {
  let calls = 0;
  const { queue } = await open(() => {
    calls += 1;
    if (calls === 1) throw new Error('no');
    return true;
  });
  queue.send(['message']);
  await expect.poll(() => calls).toBe(2);
  expect(queue.deadLetters()).toEqual([]);
});

test('the next process serves waiting messages and half-served ones at once; dead letters stay', async () => {
  const first = await open((body) => body === 'never', { maxReceives: 1 });
  first.queue.send(['dead']);
  await expect.poll(() => first.queue.deadLetters().length).toBe(1);
  await first.close();
  const idle = await openDatabase(first.directory);
  idle.run("INSERT INTO messages (body, sent, receives, due) VALUES ('half served', 1, 1, 9e15)");
  idle.close();
  const served: string[] = [];
  const second = await open((body, receives) => served.push(`${body} ${receives}`) > 0, { directory: first.directory });
  await expect.poll(() => served).toEqual(['half served 2']);
  expect(second.queue.deadLetters()).toMatchObject([{ body: 'dead' }]);
});

test('a message is hidden while it is served, and its delivery is counted before', async () => {
  const { promise: release, resolve } = Promise.withResolvers<boolean>();
  const { queue, messages } = await open(() => release);
  queue.send(['slow']);
  await expect.poll(messages).toEqual([{ body: 'slow', receives: 1, is_dead: 0 }]);
  queue.send([]); // wakes the queue, which finds nothing that is due
  resolve(true);
  await expect.poll(messages).toEqual([]);
});

test('slow messages block no other until four batches of them are under way', async () => {
  const { promise: release, resolve } = Promise.withResolvers<boolean>();
  const served: string[] = [];
  const { queue } = await open((body) => (body === 'slow' ? release : served.push(body) > 0));
  for (let batch = 0; batch < 3; batch += 1) queue.send(['slow']);
  queue.send(['quick']);
  await expect.poll(() => served).toEqual(['quick']);
  resolve(true);
});
