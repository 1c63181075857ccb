import { describe, expect, test } from 'vitest';
import { batching } from '../../../../src/providers/ecs/api/batching.ts';
import type { EcsClient, Send } from '../../../../src/providers/ecs/api/client.ts';

interface Call {
  operation: string;
  input: Record<string, unknown>;
  signal: AbortSignal | undefined;
  respond(): void;
  fail(error: Error): void;
}

/**
 * Opens a client whose calls wait until the test responds. A response has a service for each name in reverse order, except
 * for names with `missing`.
 */
function open() {
  const calls: Call[] = [];
  const send = ((operation: string, input: Record<string, unknown>, signal?: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    const names = (input.services ?? input.tasks ?? []) as string[];
    const respond = () =>
      resolve({
        services: names
          .filter((name) => !name.includes('missing'))
          .map((serviceName) => ({ serviceName }))
          .reverse(),
        tasks: names.map((taskArn) => ({ taskArn })).reverse(),
      });
    calls.push({ operation, input, signal, respond, fail: reject });
    signal?.addEventListener('abort', () => reject(signal.reason));
    return promise;
  }) as unknown as Send;
  const client: EcsClient = batching({ send });
  const describeService = (
    name: string,
    { cluster = 'one', signal }: { cluster?: string; signal?: AbortSignal } = {},
  ) => client.send('DescribeServices', { cluster, services: [name], include: ['TAGS'] }, signal);
  /** Responds to all calls so far, and to those that they trigger. */
  const respondToAll = async () => {
    for (let next = 0; next < calls.length; next += 1) {
      calls[next]?.respond();
      await new Promise(setImmediate);
    }
  };
  return { calls, client, describeService, respondToAll };
}

const namesIn = (calls: readonly Call[]) => calls.map(({ input }) => input.services);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

describe('batching', () => {
  test('sends a single call at once and unchanged, with its signal', async () => {
    const { calls, describeService, respondToAll } = open();
    const { signal } = new AbortController();
    const output = describeService('web', { signal });
    expect(calls).toMatchObject([{ input: { cluster: 'one', services: ['web'], include: ['TAGS'] } }]);
    expect(calls[0]?.signal).toBe(signal);
    await respondToAll();
    expect((await output).services).toEqual([{ serviceName: 'web' }]);
  });

  test('merges calls while two are in flight, ten names each, and gives each caller its own part', async () => {
    const { calls, describeService, respondToAll } = open();
    const outputs = numbered(25).map((name) => describeService(name));
    await respondToAll();
    expect(namesIn(calls)).toEqual([
      ['s0'],
      ['s1'],
      numbered(12).slice(2),
      numbered(22).slice(12),
      ['s22', 's23', 's24'],
    ]);
    for (const [index, output] of outputs.entries()) {
      expect((await output).services).toEqual([{ serviceName: `s${index}` }]);
    }
  });

  test('returns nothing for a missing service, and the services of other callers', async () => {
    const { describeService, respondToAll } = open();
    const outputs = ['a', 'b', 'c', 'missing', 'd'].map((name) => describeService(name));
    await respondToAll();
    expect((await Promise.all(outputs)).map(({ services = [] }) => services.length)).toEqual([1, 1, 1, 0, 1]);
  });

  test('gives equal calls the same service', async () => {
    const { calls, describeService, respondToAll } = open();
    const outputs = ['a', 'b', 'c', 'c'].map((name) => describeService(name));
    await respondToAll();
    expect(namesIn(calls)).toEqual([['a'], ['b'], ['c']]);
    expect((await Promise.all(outputs)).map(({ services }) => services?.[0]?.serviceName)).toEqual([
      'a',
      'b',
      'c',
      'c',
    ]);
  });

  test('keeps a call with several names together, and sends it alone if a merged call would be too large', async () => {
    const { calls, client, respondToAll } = open();
    const describeAll = (services: string[]) => client.send('DescribeServices', { cluster: 'one', services });
    const outputs = [
      describeAll(['a']),
      describeAll(['b']),
      describeAll(numbered(8)),
      describeAll(['c', 'd', 'e']),
      describeAll(['f']),
    ];
    await respondToAll();
    expect(namesIn(calls)).toEqual([['a'], ['b'], numbered(8), ['c', 'd', 'e', 'f']]);
    expect((await Promise.all(outputs)).map(({ services = [] }) => services.length)).toEqual([1, 1, 8, 3, 1]);
  });

  test('does not merge calls of different clusters or operations', async () => {
    const { calls, client, describeService, respondToAll } = open();
    const outputs = [
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
    await respondToAll();
    await Promise.all(outputs);
  });

  test('rejects all callers of a merged call that failed, and no others', async () => {
    const { calls, describeService } = open();
    const outputs = numbered(4).map((name) => describeService(name).catch((error: Error) => error.message));
    calls[0]?.respond();
    await new Promise(setImmediate);
    calls[2]?.fail(new Error('Rate exceeded'));
    calls[1]?.respond();
    const [first, second, ...others] = await Promise.all(outputs);
    expect([first, second]).toMatchObject([{ services: [{}] }, { services: [{}] }]);
    expect(others).toEqual(['Rate exceeded', 'Rate exceeded']);
  });

  test('drops an aborted call from the queue, and rejects it at once while it is in flight', async () => {
    const { calls, describeService, respondToAll } = open();
    const queued = new AbortController();
    const inFlight = new AbortController();
    const outputs = ['a', 'b'].map((name) => describeService(name));
    const aborted = describeService('c', { signal: queued.signal });
    queued.abort(new Error('cancelled'));
    await expect(aborted).rejects.toThrow('cancelled');
    await expect(describeService('c', { signal: queued.signal })).rejects.toThrow('cancelled');
    const merged = [describeService('d', { signal: inFlight.signal }), describeService('e')];
    calls[0]?.respond();
    await new Promise(setImmediate);
    expect(namesIn(calls)).toEqual([['a'], ['b'], ['d', 'e']]);
    inFlight.abort(new Error('cancelled too'));
    await expect(merged[0]).rejects.toThrow('cancelled too');
    await respondToAll();
    expect((await merged[1])?.services).toEqual([{ serviceName: 'e' }]);
    await Promise.all(outputs);
  });
});
