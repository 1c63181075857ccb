import { InvalidSpecError, type Issue, toPointer } from '../../compute/errors.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../compute/spec/spec.ts';

/** Shown in place of an env value. In an update it stands for the value on record. */
export const REDACTED = '[redacted]';

/** Returns a specification with its env values, which may be secrets, replaced by `REDACTED`. */
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
 * Returns a specification with each `REDACTED` replaced by the value in `before`, so that a tenant can be read, changed and
 * sent back. Throws `InvalidSpecError` where `before` has no such value.
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
