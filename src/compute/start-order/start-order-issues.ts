import { type Issue, toPointer } from '../errors.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks `run` and `after` of the containers of a raw specification: unknown names, circles, a specification of which
 * nothing keeps running, and fields that mean nothing for a container that ends.
 */
export function startOrderIssues(containers: readonly Fields[]): Issue[] {
  if (!containers.some(({ run, after }) => run !== undefined || after !== undefined)) return [];
  const afterOf = new Map(containers.map((container) => [container.name, namesIn(container.after)]));
  const issues = containers.flatMap((container, index) => [
    ...onceIssues(container, index),
    ...afterIssues(container, index, afterOf),
  ]);
  if (!containers.every(({ run }) => run === 'once')) return issues;
  const message = 'one container at least has to run always: a tenant whose containers all end would run nothing';
  return [{ pointer: '/containers', message }, ...issues];
}

function namesIn(after: unknown): string[] {
  return Array.isArray(after) ? after.filter((name) => typeof name === 'string') : [];
}

function onceIssues({ run, ports, health_check: check }: Fields, index: number): Issue[] {
  if (run !== 'once') return [];
  const issue = (field: string, message: string): Issue => ({
    pointer: toPointer(['containers', index, field]),
    message,
  });
  return [
    ...(Array.isArray(ports) && ports.length > 0
      ? [issue('ports', 'a container that runs once has no ports: it ends before the tenant serves. Remove them')]
      : []),
    ...(check === undefined
      ? []
      : [issue('health_check', 'a container that runs once has no health check: its exit code tells. Remove it')]),
  ];
}

function afterIssues({ name, after }: Fields, index: number, afterOf: ReadonlyMap<unknown, string[]>): Issue[] {
  const names = Array.isArray(after) ? after : [];
  return names.flatMap((other: unknown, at): Issue[] => {
    const message = problemOf(name, other, names.indexOf(other) < at, afterOf);
    return message === undefined ? [] : [{ pointer: toPointer(['containers', index, 'after', at]), message }];
  });
}

function problemOf(
  name: unknown,
  other: unknown,
  isRepeated: boolean,
  afterOf: ReadonlyMap<unknown, string[]>,
): string | undefined {
  if (typeof other !== 'string' || other === '') return undefined; // reported by the schema
  if (other === name) return 'a container cannot start after itself';
  if (!afterOf.has(other)) return `no container has the name ${other}`;
  if (isRepeated) return `${other} is named twice`;
  const way = wayBack(other, name, afterOf);
  return way && `the order is a circle: ${[name, ...way].join(' after ')}`;
}

/** Returns the names on a way from one container to another along `after`, both included; undefined if there is none. */
function wayBack(from: string, to: unknown, afterOf: ReadonlyMap<unknown, string[]>): string[] | undefined {
  const ways = [[from]];
  const seen = new Set([from]);
  for (const way of ways) {
    for (const next of afterOf.get(way.at(-1)) ?? []) {
      if (next === to) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}
