import type { HealthCheck, TenantComputeSpec } from './spec.ts';

/** The fields that a health check of each type does not read. */
const unusedOf = {
  http: ['command'],
  tcp: ['http_path', 'command'],
  exec: ['http_path', 'port'],
} as const satisfies Record<HealthCheck['type'], readonly (keyof HealthCheck)[]>;

/** Returns a warning for each health check field that has no effect because of the check's own type, on any provider. */
export function unusedFieldWarnings({ containers }: TenantComputeSpec): string[] {
  return containers.flatMap(({ name, health_check: check }) =>
    (check ? unusedOf[check.type] : [])
      .filter((field) => check?.[field] !== undefined)
      .map((field) => `health_check.${field} of container ${name} has no effect: its type is ${check?.type}`),
  );
}
