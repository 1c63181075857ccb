import { type Issue, toPointer } from '../../compute/errors.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';

/** The most that one container may use. */
export interface Limits {
  millicores: number;
  memoryMb: number;
}

/** Engines refuse less memory. With less CPU a container makes no progress. */
const MIN_MILLICORES = 10;
const MIN_MEMORY_MB = 8;

/**
 * Returns the limits of each container by name. An engine limits containers, not groups of them. So containers
 * without `resources` share equally what the others leave, and the sum never exceeds the resources of the tenant.
 */
export function limitsOf({ containers, resources }: TenantComputeSpec): Map<string, Limits> {
  const sharing = containers.filter((container) => !container.resources).length;
  const share = (field: 'cpu' | 'memory') => {
    const reserved = containers.reduce((sum, { resources: own }) => sum + (own?.[field] ?? 0), 0);
    return Math.floor((resources[field] - reserved) / sharing);
  };
  return new Map(
    containers.map(({ name, resources: own }) => [
      name,
      { millicores: own?.cpu ?? share('cpu'), memoryMb: own?.memory ?? share('memory') },
    ]),
  );
}

/** Returns an issue for each container whose share is too small. */
export function limitIssues(spec: TenantComputeSpec): Issue[] {
  return [...limitsOf(spec)].flatMap(([name, { millicores, memoryMb }]) => {
    const tooLittle = (left: number, min: number, field: string, unit: string): Issue[] => {
      if (left >= min) return [];
      const need = `${field} leaves ${left} ${unit} for container ${name}, which needs ${min}`;
      const rule = `containers without resources of their own share what the others leave`;
      return [{ pointer: toPointer(['resources', field]), message: `${need}: ${rule}` }];
    };
    return [
      ...tooLittle(millicores, MIN_MILLICORES, 'cpu', 'millicores'),
      ...tooLittle(memoryMb, MIN_MEMORY_MB, 'memory', 'MB'),
    ];
  });
}
