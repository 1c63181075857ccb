import { describe, expect, test } from 'vitest';
import { batching } from '../../../../src/providers/ecs/api/batching.ts';
import type { EcsClient, Send } from '../../../../src/providers/ecs/api/client.ts';

interface Call {
  operation: string;
  input: Record<string, unknown>;
  signal: AbortSignal | undefined;
  answer(): void;
  fail(error: Error): void;
}

/** A client whose calls are answered by hand: with a service for each name, in another order, but for names with `missing`. */
function open() {
  const calls: Call[] = [];
  const send = ((operation: string, input: Record<string, unknown>, signal?: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    const names = (input.services ?? input.tasks ?? []) as string[];
    const answer = () =>
      resolve({
        services: names
          .filter((name) => !name.includes('missing'))
          .map((serviceName) => ({ serviceName }))
          .reverse(),
        tasks: names.map((taskArn) => ({ taskArn })).reverse(),
      });
    calls.push({ operation, input, signal, answer, fail: reject });
    signal?.addEventListener('abort', () => reject(signal.reason));
    return promise;
  }) as unknown as Send;
  const client: EcsClient = batching({ send });
  const describeService = (
    name: string,
    { cluster = 'one', signal }: { cluster?: string; signal?: AbortSignal } = {},
  ) => client.send('DescribeServices', { cluster, services: [name], include: ['TAGS'] }, signal);
  /** Answers all calls that have been made, and those that follow. */
  const answerAll = async () => {
    for (let next = 0; next < calls.length; next += 1) {
      calls[next]?.answer();
      await new Promise(setImmediate);
    }
  };
  return { calls, client, describeService, answerAll };
}

const namesIn = (calls: readonly Call[]) => calls.map(({ input }) => input.services);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

describe('what is asked of ECS', () => {
  test('alone goes at once and as it is, with the signal of who asks', async () => {
    const { calls, describeService, answerAll } = open();
    const { signal } = new AbortController();
    const answer = describeService('web', { signal });
    expect(calls).toMatchObject([{ input: { cluster: 'one', services: ['web'], include: ['TAGS'] } }]);
    expect(calls[0]?.signal).toBe(signal);
    await answerAll();
    expect((await answer).services).toEqual([{ serviceName: 'web' }]);
  });

  test('while others of its kind are under way goes with all that wait, ten in a call, and each is told its own', async () => {
    const { calls, describeService, answerAll } = open();
    const answers = numbered(25).map((name) => describeService(name));
    await answerAll();
    expect(namesIn(calls)).toEqual([
      ['s0'],
      ['s1'],
      numbered(12).slice(2),
      numbered(22).slice(12),
      ['s22', 's23', 's24'],
    ]);
    for (const [index, answer] of answers.entries()) {
      expect((await answer).services).toEqual([{ serviceName: `s${index}` }]);
    }
  });

  test('of something that is not there is told nothing, whatever the others are told', async () => {
    const { describeService, answerAll } = open();
    const answers = ['a', 'b', 'c', 'missing', 'd'].map((name) => describeService(name));
    await answerAll();
    expect((await Promise.all(answers)).map(({ services = [] }) => services.length)).toEqual([1, 1, 1, 0, 1]);
  });

  test('of the same thing by two is told to both', async () => {
    const { calls, describeService, answerAll } = open();
    const answers = ['a', 'b', 'c', 'c'].map((name) => describeService(name));
    await answerAll();
    expect(namesIn(calls)).toEqual([['a'], ['b'], ['c']]);
    expect((await Promise.all(answers)).map(({ services }) => services?.[0]?.serviceName)).toEqual([
      'a',
      'b',
      'c',
      'c',
    ]);
  });

  test('of several things stays one question, and goes alone where it would be too much with others', async () => {
    const { calls, client, answerAll } = open();
    const ask = (services: string[]) => client.send('DescribeServices', { cluster: 'one', services });
    const answers = [ask(['a']), ask(['b']), ask(numbered(8)), ask(['c', 'd', 'e']), ask(['f'])];
    await answerAll();
    expect(namesIn(calls)).toEqual([['a'], ['b'], numbered(8), ['c', 'd', 'e', 'f']]);
    expect((await Promise.all(answers)).map(({ services = [] }) => services.length)).toEqual([1, 1, 8, 3, 1]);
  });

  test('of another cluster, or by another operation, is another kind', async () => {
    const { calls, client, describeService, answerAll } = open();
    const answers = [
      ...['a', 'b', 'c'].map((name) => describeService(name)),
      describeService('d', { cluster: 'two' }),
      client.send('DescribeTasks', { cluster: 'one', tasks: ['t'] }),
      client.send('ListTasks', { cluster: 'one' }),
    ];
    expect(calls.map(({ operation }) => operation)).toEqual([
      'DescribeServices',
      'DescribeServices',
      'DescribeServices',
      'DescribeTasks',
      'ListTasks',
    ]);
    await answerAll();
    await Promise.all(answers);
  });

  test('and fails, fails for all who asked in that call, and for nobody else', async () => {
    const { calls, describeService } = open();
    const answers = numbered(4).map((name) => describeService(name).catch((error: Error) => error.message));
    calls[0]?.answer();
    await new Promise(setImmediate);
    calls[2]?.fail(new Error('Rate exceeded'));
    calls[1]?.answer();
    const [first, second, ...others] = await Promise.all(answers);
    expect([first, second]).toMatchObject([{ services: [{}] }, { services: [{}] }]);
    expect(others).toEqual(['Rate exceeded', 'Rate exceeded']);
  });

  test('by somebody who leaves is not asked any more, or not for them', async () => {
    const { calls, describeService, answerAll } = open();
    const waiting = new AbortController();
    const asked = new AbortController();
    const answers = ['a', 'b'].map((name) => describeService(name));
    const gone = describeService('c', { signal: waiting.signal });
    waiting.abort(new Error('nobody waits'));
    await expect(gone).rejects.toThrow('nobody waits');
    await expect(describeService('c', { signal: waiting.signal })).rejects.toThrow('nobody waits');
    const together = [describeService('d', { signal: asked.signal }), describeService('e')];
    calls[0]?.answer();
    await new Promise(setImmediate);
    expect(namesIn(calls)).toEqual([['a'], ['b'], ['d', 'e']]);
    asked.abort(new Error('nor here'));
    await expect(together[0]).rejects.toThrow('nor here');
    await answerAll();
    expect((await together[1])?.services).toEqual([{ serviceName: 'e' }]);
    await Promise.all(answers);
  });
});
