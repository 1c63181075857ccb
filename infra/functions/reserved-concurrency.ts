import type { ProviderSettings } from '../events/provider-events.ts';

/** Functions that make a backend do something for a caller who waits. What queues lead to is bounded by the queue. */
const changing: ReadonlySet<string> = new Set([
  'provision-tenant',
  'update-tenant',
  'rollback-tenant',
  'destroy-tenant',
]);

/**
 * Types of backend whose API throttles soon, and how many callers of each operation it bears at a time. ECS has a bucket
 * for each group of calls: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 */
const bounds: Readonly<Record<string, number>> = { ecs: 10 };

/** How many of a function may run at once; undefined is no bound. */
export function reservedConcurrencyOf(
  operation: string,
  { providers, reservedConcurrency }: { providers: ProviderSettings; reservedConcurrency?: number | false | undefined },
): number | undefined {
  if (reservedConcurrency === false || !changing.has(operation)) return undefined;
  if (reservedConcurrency !== undefined) return reservedConcurrency;
  const throttled = Object.values(providers).flatMap(({ type }) => bounds[type] ?? []);
  return throttled.length > 0 ? Math.min(...throttled) : undefined;
}
