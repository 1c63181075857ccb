import { hashJson } from '../spec/json.ts';
import type { ContainerSpec, TenantComputeSpec } from '../spec/spec.ts';
import { specHash } from '../spec/spec-diff.ts';

/*
 * The order in which the containers of a version start
 *
 * A container waits for those that its `after` names. Beside that, containers that run once come before the others: each
 * container that runs always also waits for each that runs once. One kind is excepted: a container that itself waits,
 * directly or through others, for one that runs always, such as a job that fills a database once the database is up. It
 * comes before those only that name it. So what is added never makes a circle.
 */

/** What a container waits for before it starts. */
export interface Wait {
  name: string;
  /** `running` is for a container without a health check. */
  until: 'completed' | 'healthy' | 'running';
}

type Ordered = Pick<ContainerSpec, 'name' | 'run' | 'after' | 'health_check'>;

export function runsOnce({ run }: Pick<ContainerSpec, 'run'>): boolean {
  return run === 'once';
}

/** Returns true for a specification whose provider needs the capability `start_order`. */
export function hasStartOrder(containers: readonly Ordered[]): boolean {
  return containers.some((container) => runsOnce(container) || container.after?.length);
}

/** Returns what each container waits for, by its name. */
export function waitsOf(containers: readonly Ordered[]): Map<string, Wait[]> {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const first = containers.filter((container) => runsOnce(container) && !waitsForLasting(container, byName));
  return new Map(
    containers.map((container) => {
      const names = runsOnce(container) ? [] : first.map(({ name }) => name);
      const all = new Set([...names, ...(container.after ?? [])]);
      return [container.name, [...all].flatMap((name) => toWait(byName.get(name)) ?? [])];
    }),
  );
}

function toWait(container: Ordered | undefined): Wait | undefined {
  if (!container) return undefined;
  const { name, health_check } = container;
  return { name, until: runsOnce(container) ? 'completed' : health_check ? 'healthy' : 'running' };
}

/** Returns true if a container waits, directly or through others, for one that runs always. `after` has no circles. */
function waitsForLasting({ after = [] }: Ordered, byName: ReadonlyMap<string, Ordered>): boolean {
  return after.some((name) => {
    const other = byName.get(name);
    return other !== undefined && (!runsOnce(other) || waitsForLasting(other, byName));
  });
}

/** Returns fingerprints in which a container that runs once has another one for each version, because each one runs it. */
export function withVersion(
  fingerprints: Readonly<Record<string, string>>,
  spec: TenantComputeSpec,
): Readonly<Record<string, string>> {
  const once = spec.containers.filter(runsOnce).map(({ name }) => name);
  if (once.length === 0) return fingerprints;
  const version = specHash(spec);
  const own = once.map((name) => [name, hashJson([fingerprints[name] ?? '', version])]);
  return { ...fingerprints, ...Object.fromEntries(own) };
}

/** Says what a container waits for that has not been started. */
export function describeWaits(waits: readonly Wait[]): string {
  const ends = { completed: 'to end with code 0', healthy: 'to be healthy', running: 'to run' };
  return `it waits for ${waits.map(({ name, until }) => `${name} ${ends[until]}`).join(' and ')}`;
}
