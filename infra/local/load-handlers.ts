import { routes } from '../../functions/operations.ts';
import type { Handler } from '../../functions/runtime/http/operation.ts';

/** Loads each handler by its operation, from the files that become Lambda functions. */
export async function loadHandlers(): Promise<Map<string, Handler>> {
  const operations = [...routes.map((route) => route.operation), 'unmatched-route'];
  const entries = operations.map(async (operation) => [operation, await load(operation)] as const);
  return new Map(await Promise.all(entries));
}

async function load(operation: string): Promise<Handler> {
  const { handler } = (await import(`../../functions/${operation}.ts`)) as { handler: Handler };
  return handler;
}
