import { InvalidSpecError, type Issue, toPointer } from '../../compute/errors.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../compute/spec/spec.ts';

/** What answers show instead of an env value; sent back in an update, it stands for the value that is there. */
export const REDACTED = '[redacted]';

/** A specification as it may be shown: env values, which may be secrets, are replaced. */
export function redactEnv(spec: TenantComputeSpec): TenantComputeSpec {
  const containers = spec.containers.map(({ env, ...container }) => ({
    ...container,
    ...(env && { env: Object.fromEntries(Object.keys(env).map((name) => [name, REDACTED])) }),
  }));
  return { ...spec, containers };
}

function isRedacted({ env = {} }: ContainerSpec): boolean {
  return Object.values(env).includes(REDACTED);
}

/**
 * A specification as it is meant: whoever read a tenant, changed it and sends it back keeps the env values they were not
 * shown. Throws `InvalidSpecError` where there is no such value before.
 */
export function restoreEnv(spec: TenantComputeSpec, before: TenantComputeSpec | undefined): TenantComputeSpec {
  if (!spec.containers.some(isRedacted)) return spec;
  const issues: Issue[] = [];
  const containers = spec.containers.map((container, index) => {
    if (!container.env) return container;
    const known = before?.containers.find(({ name }) => name === container.name)?.env ?? {};
    const env = Object.entries(container.env).map(([name, value]) => {
      if (value !== REDACTED) return [name, value];
      const kept = Object.hasOwn(known, name) ? known[name] : undefined;
      if (kept === undefined) {
        const pointer = toPointer(['containers', index, 'env', name]);
        issues.push({ pointer, message: `env value of ${name} is the placeholder ${REDACTED}; give the value itself` });
      }
      return [name, kept];
    });
    return { ...container, env: Object.fromEntries(env) as Record<string, string> };
  });
  if (issues.length > 0) throw new InvalidSpecError(issues);
  return { ...spec, containers };
}
