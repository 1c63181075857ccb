import { type Issue, toPointer } from '../../compute/errors.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';

/** What one container may use at most. */
export interface Limits {
  millicores: number;
  memoryMb: number;
}

/** Less than this no engine accepts (memory), or nothing gets done with (CPU). */
const MIN_MILLICORES = 10;
const MIN_MEMORY_MB = 8;

/**
 * The limits of each container, by name. Their sum is never more than the tenant's: containers with resources of their own
 * get those, and what is left is divided equally among the others, because an engine limits containers, not groups of them.
 */
export function limitsOf({ containers, resources }: TenantComputeSpec): Map<string, Limits> {
  const sharing = containers.filter((container) => !container.resources).length;
  const share = (field: 'cpu' | 'memory') => {
    const taken = containers.reduce((sum, { resources: own }) => sum + (own?.[field] ?? 0), 0);
    return Math.floor((resources[field] - taken) / sharing);
  };
  return new Map(
    containers.map(({ name, resources: own }) => [
      name,
      { millicores: own?.cpu ?? share('cpu'), memoryMb: own?.memory ?? share('memory') },
    ]),
  );
}

/** Containers that the division leaves too little for. */
export function limitIssues(spec: TenantComputeSpec): Issue[] {
  return [...limitsOf(spec)].flatMap(([name, { millicores, memoryMb }]) => {
    const tooLittle = (left: number, min: number, field: string, unit: string) =>
      left >= min
        ? []
        : [
            {
              pointer: toPointer(['resources', field]),
              message: `${field} leaves ${left} ${unit} for container ${name}, which needs ${min}: what containers do not have of their own is divided among the others`,
            },
          ];
    return [
      ...tooLittle(millicores, MIN_MILLICORES, 'cpu', 'millicores'),
      ...tooLittle(memoryMb, MIN_MEMORY_MB, 'memory', 'MB'),
    ];
  });
}
