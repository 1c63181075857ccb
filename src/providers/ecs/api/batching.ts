import type { EcsClient, EcsOperation, EcsOperations, Send } from './client.ts';

/** How an operation that describes several resources can be called for many callers at once. */
interface Batchable {
  /** The input field with the names. */
  input: string;
  /** How many names one call takes. */
  limit: number;
  /** The output field with the descriptions. */
  output: string;
  /** The fields of a description that may equal a name of the input. */
  keys: readonly string[];
}

/**
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
 */
const batchable: Partial<Record<EcsOperation, Batchable>> = {
  DescribeServices: { input: 'services', limit: 10, output: 'services', keys: ['serviceArn', 'serviceName'] },
  DescribeListeners: { input: 'ListenerArns', limit: 20, output: 'Listeners', keys: ['ListenerArn'] },
  DescribeTasks: { input: 'tasks', limit: 100, output: 'tasks', keys: ['taskArn'] },
};

/** Calls of one kind in flight before further ones are queued and merged. */
const CONCURRENCY = 2;

type Fields = Record<string, unknown>;

interface QueuedCall {
  input: Fields;
  names: readonly string[];
  signal: AbortSignal | undefined;
  resolve(output: Fields): void;
  reject(error: unknown): void;
}

/**
 * Wraps a client so that concurrent descriptions share calls. ECS allows an account about twenty calls a second, however
 * much each of them describes, and a sweep looks at dozens of tenants at once. No call waits to be merged: it is sent at
 * once unless `CONCURRENCY` others of its kind are in flight.
 */
export function batching(client: EcsClient): EcsClient {
  const queues = new Map<string, BatchQueue>();
  const send: Send = async (operation, input, signal) => {
    const kind = batchable[operation];
    const { [kind?.input ?? '']: names, ...rest } = input as Fields;
    if (!kind || !Array.isArray(names)) return client.send(operation, input, signal);
    const key = JSON.stringify([operation, rest]);
    const queue = queues.get(key) ?? new BatchQueue(client, operation, kind);
    queues.set(key, queue);
    const output = await queue.call(input as Fields, names, signal);
    return output as unknown as EcsOperations[typeof operation][1];
  };
  return { send, close: () => client.close?.() };
}

/** The calls of one operation with equal input apart from the names, so of one cluster. */
class BatchQueue {
  readonly #client: EcsClient;
  readonly #operation: EcsOperation;
  readonly #kind: Batchable;
  #queued: QueuedCall[] = [];
  #inFlight = 0;

  constructor(client: EcsClient, operation: EcsOperation, kind: Batchable) {
    this.#client = client;
    this.#operation = operation;
    this.#kind = kind;
  }

  call(input: Fields, names: readonly string[], signal: AbortSignal | undefined): Promise<Fields> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<Fields>();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#queued.push({ input, names, signal, resolve, reject });
    this.#sendNext();
    return promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  #sendNext(): void {
    if (this.#inFlight >= CONCURRENCY) return;
    const batch = this.#dequeue();
    if (batch.length === 0) return;
    this.#inFlight += 1;
    void this.#sendBatch(batch).finally(() => {
      this.#inFlight -= 1;
      this.#sendNext();
    });
  }

  /** Takes as many queued calls as fit into one, oldest first. */
  #dequeue(): QueuedCall[] {
    const queued = this.#queued.filter(({ signal }) => !signal?.aborted);
    let size = 0;
    const end = queued.findIndex(({ names }, index) => {
      size += names.length;
      return index > 0 && size > this.#kind.limit;
    });
    const batch = end < 0 ? queued : queued.slice(0, end);
    this.#queued = queued.slice(batch.length);
    return batch;
  }

  /** A single call keeps its signal. A merged one is not aborted, because others wait for it too. */
  async #sendBatch(batch: readonly QueuedCall[]): Promise<void> {
    const [first, ...others] = batch;
    if (!first) return;
    const isSingle = others.length === 0;
    const names = [...new Set(batch.flatMap((call) => call.names))];
    const input = isSingle ? first.input : { ...first.input, [this.#kind.input]: names };
    try {
      const signal = isSingle ? first.signal : undefined;
      const output = (await this.#client.send(this.#operation, input as never, signal)) as unknown as Fields;
      for (const call of batch) call.resolve(isSingle ? output : this.#partFor(call, output));
    } catch (error) {
      for (const call of batch) call.reject(error);
    }
  }

  /** Returns the merged output with only the descriptions that one caller asked for. */
  #partFor({ names }: QueuedCall, output: Fields): Fields {
    const { output: field, keys } = this.#kind;
    const descriptions = (output[field] ?? []) as Fields[];
    const isWanted = (description: Fields) => keys.some((key) => names.some((name) => description[key] === name));
    return { ...output, [field]: descriptions.filter(isWanted) };
  }
}
