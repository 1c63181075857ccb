import type { SQSEvent } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { EventStore } from '../../../../infra/local/events/event-store.ts';
import { LocalQueue } from '../../../../infra/local/events/local-queue.ts';
import { createCapturedLogger } from '../../../support/captured-logger.ts';
import { temporaryDirectory } from '../fixture.ts';

type Serve = (body: string, receives: number) => boolean | Promise<boolean>;

/** A queue whose messages are served by `serve`; it says whether that went well. */
async function open(serve: Serve, options: { directory?: string; maxReceives?: number } = {}) {
  const { directory = temporaryDirectory(), maxReceives = 3 } = options;
  const store = await EventStore.open(directory);
  const queue = new LocalQueue({ store, operation: 'test', maxReceives, firstPause: 1 });
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
    await store.close();
  };
  let isOpen = true;
  const closeOnce = async () => {
    if (isOpen) await close();
    isOpen = false;
  };
  onTestFinished(closeOnce);
  await queue.start({ handler, logger });
  return { queue, store, logger, close: closeOnce, directory };
}

test('every message is served, the failed ones again, and the others do not wait for them', async () => {
  const served: string[] = [];
  const { queue, store } = await open((body, receives) => {
    served.push(`${body} ${receives}`);
    return body !== 'bad' || receives === 2;
  });
  await queue.send(['good', 'bad', 'better']);
  await expect.poll(() => served.toSorted()).toEqual(['bad 1', 'bad 2', 'better 1', 'good 1']);
  await expect.poll(() => store.read('test')).toEqual([]);
});

test('what fails too often is a dead letter, in plain sight, and can be tried again', async () => {
  let isMended = false;
  const served: string[] = [];
  const { queue, logger } = await open((body) => {
    if (isMended) served.push(body);
    return isMended;
  });
  await queue.send(['poison']);
  await expect.poll(async () => (await queue.deadLetters()).length).toBe(1);
  expect(await queue.deadLetters()).toMatchObject([[expect.any(String), { body: 'poison', receives: 3 }]]);
  expect(logger.entries).toContainEqual(expect.objectContaining({ message: 'message given up' }));
  isMended = true;
  expect(await queue.redrive()).toBe(1);
  await expect.poll(() => served).toEqual(['poison']);
  expect(await queue.deadLetters()).toEqual([]);
});

test('a function that throws has served nothing of its batch', async () => {
  let calls = 0;
  const { queue } = await open(() => {
    calls += 1;
    if (calls === 1) throw new Error('no');
    return true;
  });
  await queue.send(['message']);
  await expect.poll(() => calls).toBe(2);
  expect(await queue.deadLetters()).toEqual([]);
});

test('what waited, and what was being served, is served by the next process; dead letters stay', async () => {
  const first = await open((body) => body === 'never', { maxReceives: 1 });
  await first.queue.send(['dead']);
  await expect.poll(async () => (await first.queue.deadLetters()).length).toBe(1);
  await first.close();
  const idle = await EventStore.open(first.directory);
  await idle.write('test', [['00000000000001', { body: 'half served', sent: 1, receives: 1, due: 1e15 }]]);
  await idle.close();
  const served: string[] = [];
  const second = await open((body, receives) => served.push(`${body} ${receives}`) > 0, { directory: first.directory });
  await expect.poll(() => served).toEqual(['half served 2']);
  expect(await second.queue.deadLetters()).toMatchObject([[expect.any(String), { body: 'dead' }]]);
});

test('slow messages hold up nobody until four batches of them are under way', async () => {
  const { promise: release, resolve } = Promise.withResolvers<boolean>();
  const served: string[] = [];
  const { queue } = await open((body) => (body === 'slow' ? release : served.push(body) > 0));
  for (let batch = 0; batch < 3; batch += 1) await queue.send(['slow']);
  await queue.send(['quick']);
  await expect.poll(() => served).toEqual(['quick']);
  resolve(true);
});
