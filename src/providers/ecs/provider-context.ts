import { ProviderFailedError } from '../../compute/errors.ts';
import type { Logger } from '../../compute/logger.ts';
import type { EcsOperation, EcsOperations, Send } from './api/client.ts';
import type { EcsConfig } from './config.ts';

/** What one operation works with: calls that are repeated as needed, and whose resources they are about. */
export interface ProviderContext {
  send: Send;
  /** The provider's name. */
  provider: string;
  /** The operator's settings. */
  config: EcsConfig;
  logger: Logger;
  /** Milliseconds since 1970. */
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}

type Paged = {
  [Operation in EcsOperation]: EcsOperations[Operation][0] extends { nextToken?: string | undefined }
    ? Operation
    : never;
}[EcsOperation];

/** The pages of a list, fetched as they are consumed. */
export async function* pages<Operation extends Paged>(
  send: Send,
  operation: Operation,
  input: EcsOperations[Operation][0],
): AsyncGenerator<EcsOperations[Operation][1]> {
  let nextToken: string | undefined;
  do {
    const answer = await send(operation, { ...input, ...(nextToken !== undefined && { nextToken }) });
    yield answer;
    nextToken = (answer as { nextToken?: string }).nextToken;
  } while (nextToken !== undefined);
}

/** In parts of at most `size`: most calls of ECS take ten of anything, or a hundred. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Something that an answer of ECS always has. */
export function expectPart<T>(part: T | undefined, what: string): T {
  if (part !== undefined) return part;
  throw new ProviderFailedError(`ECS gave an answer without ${what}`);
}
