import type { EcsClient, EcsOperation, EcsOperations, Send } from './client.ts';

/** Of an operation that tells about several things at once: the field that names them, how many at most, and what is told. */
interface Batchable {
  asks: string;
  most: number;
  tells: string;
  /** Fields of what is told by which it may have been asked for. */
  names: readonly string[];
}

/**
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
 */
const batchable: Partial<Record<EcsOperation, Batchable>> = {
  DescribeServices: { asks: 'services', most: 10, tells: 'services', names: ['serviceArn', 'serviceName'] },
  DescribeTasks: { asks: 'tasks', most: 100, tells: 'tasks', names: ['taskArn'] },
};

/** Calls of one kind that are under way at a time before others wait for their turn, and are then made together. */
const AT_ONCE = 2;

type Loose = Record<string, unknown>;

interface Question {
  input: Loose;
  asked: readonly string[];
  signal: AbortSignal | undefined;
  resolve(output: Loose): void;
  reject(error: unknown): void;
}

/**
 * A client that asks together what many ask at a time, such as a sweep that looks at dozens of tenants: ECS lets an account
 * describe about twenty times a second, whatever each call tells. Nobody waits for company: a question goes at once unless
 * others of its kind are under way.
 */
export function batching(client: EcsClient): EcsClient {
  const lines = new Map<string, Line>();
  const send: Send = async (operation, input, signal) => {
    const kind = batchable[operation];
    if (!kind) return client.send(operation, input, signal);
    const { [kind.asks]: asked, ...rest } = input as Loose;
    const key = JSON.stringify([operation, rest]);
    const line = lines.get(key) ?? new Line(client, operation, kind);
    lines.set(key, line);
    const output = await line.ask(input as Loose, asked as string[], signal);
    return output as unknown as EcsOperations[typeof operation][1];
  };
  return { send, close: () => client.close?.() };
}

/** The questions of one kind: of one operation, about one cluster. */
class Line {
  readonly #client: EcsClient;
  readonly #operation: EcsOperation;
  readonly #kind: Batchable;
  #waiting: Question[] = [];
  #underWay = 0;

  constructor(client: EcsClient, operation: EcsOperation, kind: Batchable) {
    this.#client = client;
    this.#operation = operation;
    this.#kind = kind;
  }

  ask(input: Loose, asked: readonly string[], signal: AbortSignal | undefined): Promise<Loose> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<Loose>();
    const leave = () => reject(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    this.#waiting.push({ input, asked, signal, resolve, reject });
    this.#next();
    return promise.finally(() => signal?.removeEventListener('abort', leave));
  }

  #next(): void {
    if (this.#underWay >= AT_ONCE) return;
    const batch = this.#take();
    if (batch.length === 0) return;
    this.#underWay += 1;
    void this.#answer(batch).finally(() => {
      this.#underWay -= 1;
      this.#next();
    });
  }

  /** As many of those that wait as fit into a call, in their order. */
  #take(): Question[] {
    const waiting = this.#waiting.filter(({ signal }) => !signal?.aborted);
    let size = 0;
    const end = waiting.findIndex(({ asked }, index) => {
      size += asked.length;
      return index > 0 && size > this.#kind.most;
    });
    const batch = end < 0 ? waiting : waiting.slice(0, end);
    this.#waiting = waiting.slice(batch.length);
    return batch;
  }

  async #answer(batch: readonly Question[]): Promise<void> {
    const [first, ...others] = batch;
    if (!first) return;
    const isAlone = others.length === 0;
    const asked = [...new Set(batch.flatMap((question) => question.asked))];
    const input = isAlone ? first.input : { ...first.input, [this.#kind.asks]: asked };
    try {
      const output = await this.#send(input, isAlone ? first.signal : undefined);
      for (const question of batch) question.resolve(isAlone ? output : this.#partFor(question, output));
    } catch (error) {
      for (const question of batch) question.reject(error);
    }
  }

  #send(input: Loose, signal: AbortSignal | undefined): Promise<Loose> {
    return this.#client.send(this.#operation, input as never, signal) as unknown as Promise<Loose>;
  }

  /** What was told of the things that one of them asked for. */
  #partFor({ asked }: Question, output: Loose): Loose {
    const { tells, names } = this.#kind;
    const isAbout = (thing: Loose, fields: readonly string[]) =>
      fields.some((field) => asked.some((one) => thing[field] === one));
    const told = (output[tells] ?? []) as Loose[];
    return { ...output, [tells]: told.filter((thing) => isAbout(thing, names)) };
  }
}
