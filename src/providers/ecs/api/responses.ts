import { ProviderFailedError } from '../../../compute/errors.ts';
import type { EcsOperation, EcsOperations, Send } from './client.ts';

type PagedOperation = {
  [Operation in EcsOperation]: EcsOperations[Operation][0] extends { nextToken?: string | undefined }
    ? Operation
    : never;
}[EcsOperation];

/** Yields the pages of a list, and fetches each one when it is consumed. */
export async function* pages<Operation extends PagedOperation>(
  send: Send,
  operation: Operation,
  input: EcsOperations[Operation][0],
): AsyncGenerator<EcsOperations[Operation][1]> {
  let nextToken: string | undefined;
  do {
    const output = await send(operation, { ...input, ...(nextToken !== undefined && { nextToken }) });
    yield output;
    nextToken = (output as { nextToken?: string }).nextToken;
  } while (nextToken !== undefined);
}

type MarkedOperation = {
  [Operation in EcsOperation]: EcsOperations[Operation][0] extends { Marker?: string | undefined } ? Operation : never;
}[EcsOperation];

/** Yields the pages of a list of Elastic Load Balancing, as `pages` does. */
export async function* markedPages<Operation extends MarkedOperation>(
  send: Send,
  operation: Operation,
  input: EcsOperations[Operation][0],
): AsyncGenerator<EcsOperations[Operation][1]> {
  let Marker: string | undefined;
  do {
    const output = await send(operation, { ...input, ...(Marker !== undefined && { Marker }) });
    yield output;
    Marker = (output as { NextMarker?: string }).NextMarker || undefined;
  } while (Marker !== undefined);
}

/** Splits a list into parts of at most `size`. Most ECS operations take at most ten or a hundred names. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Returns a part that every ECS response has. Throws `ProviderFailedError` if it is missing. */
export function required<T>(part: T | undefined, what: string): T {
  if (part !== undefined) return part;
  throw new ProviderFailedError(`the response of ECS lacks ${what}`);
}
