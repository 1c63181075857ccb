import { type Issue, toPointer } from './errors.ts';
import { MAX_LIST } from './limits.ts';
import type { Loose } from './plain.ts';

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Rules between fields. They look at the raw input, because a schema's refinement is skipped once a field is wrong,
 * and whoever corrects a specification wants to hear everything at once.
 */
export function crossFieldIssues(input: unknown): Issue[] {
  if (!isObject(input)) return [];
  const containers = objectsOf(input.containers);
  return [
    ...duplicateNames(containers),
    ...containers.flatMap((container, index) => healthCheckIssues(container, index)),
    ...containers.flatMap((container, index) => duplicatePorts(container, index)),
    ...resourceIssues(input, containers),
    ...duplicateEnvVars(input),
  ];
}

/** The entries of a list; what is no object has no fields. A list that is too long is refused unread. */
function objectsOf(list: unknown): Loose[] {
  if (!Array.isArray(list) || list.length > MAX_LIST) return [];
  return list.map((entry) => (isObject(entry) ? entry : {}));
}

function duplicateNames(containers: readonly Loose[]): Issue[] {
  return repeats(containers.map((container) => container.name)).map(({ index, value }) => ({
    pointer: toPointer(['containers', index, 'name']),
    message: `duplicate container name: ${value}`,
  }));
}

function duplicateEnvVars({ secrets }: Loose): Issue[] {
  return repeats(objectsOf(secrets).map((secret) => secret.env_var)).map(({ index, value }) => ({
    pointer: toPointer(['secrets', index, 'env_var']),
    message: `duplicate secret env_var: ${value}`,
  }));
}

function duplicatePorts({ ports }: Loose, container: number): Issue[] {
  const keys = objectsOf(ports).map(({ container_port: port, protocol = 'tcp' }) =>
    typeof port === 'number' && typeof protocol === 'string' ? `${port}/${protocol}` : undefined,
  );
  return repeats(keys).map(({ index, value }) => ({
    pointer: toPointer(['containers', container, 'ports', index, 'container_port']),
    message: `duplicate container port: ${value}`,
  }));
}

/** Where a text that stood earlier in the list stands again. */
function repeats(values: readonly unknown[]): { index: number; value: string }[] {
  if (values.length < 2) return [];
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    if (typeof value !== 'string' || value === '') return [];
    if (seen.has(value)) return [{ index, value }];
    seen.add(value);
    return [];
  });
}

function healthCheckIssues(container: Loose, index: number): Issue[] {
  const check = container.health_check;
  if (!isObject(check)) return [];
  const at = (field: string, message: string) => ({
    pointer: toPointer(['containers', index, 'health_check', field]),
    message,
  });
  const { interval_seconds: interval = 10, timeout_seconds: timeout } = check;
  const issues: Issue[] = [];
  if (typeof interval === 'number' && typeof timeout === 'number' && timeout >= interval) {
    issues.push(at('timeout_seconds', 'timeout_seconds must be less than interval_seconds'));
  }
  if (check.type === 'exec' && check.command === undefined) issues.push(at('command', 'health check command required'));
  const hasPort = check.port !== undefined || (Array.isArray(container.ports) && container.ports.length > 0);
  if ((check.type === 'http' || check.type === 'tcp') && !hasPort) {
    issues.push(at('port', 'health check port required where the container has no ports'));
  }
  return issues;
}

function resourceIssues(input: Loose, containers: readonly Loose[]): Issue[] {
  const { resources } = input;
  if (!isObject(resources)) return [];
  return (['cpu', 'memory', 'storage'] as const).flatMap((field) => {
    const limit = resources[field];
    const sum = containers.reduce(
      (total, { resources: own }) => total + (isObject(own) && typeof own[field] === 'number' ? own[field] : 0),
      0,
    );
    if (typeof limit !== 'number' || sum <= Math.max(limit, 0)) return [];
    return [
      {
        pointer: toPointer(['resources', field]),
        message: `${field} of the containers is ${sum} in sum, more than the tenant's ${limit}`,
      },
    ];
  });
}
