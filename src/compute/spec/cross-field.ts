import { type Issue, toPointer } from '../errors.ts';
import { startOrderIssues } from '../start-order/start-order-issues.ts';
import { MAX_LIST } from './limits.ts';

type Fields = Readonly<Record<string, unknown>>;

const NONE: readonly Fields[] = [];
const amounts = ['cpu', 'memory', 'storage'] as const;

/**
 * Checks the rules between fields. Reads the raw input, because zod skips a refinement as soon as a field is wrong, and a
 * caller needs every issue at once.
 */
export function crossFieldIssues(input: unknown): Issue[] {
  const issues: Issue[] = [];
  if (!isObject(input)) return issues;
  const containers = objectsOf(input.containers);
  eachRepeat(containers, nameOf, (index, name) => {
    report(issues, ['containers', index, 'name'], `duplicate container name: ${name}`);
  });
  for (const [index, { health_check, ports }] of containers.entries()) {
    if (isObject(health_check)) checkHealthCheck(health_check, ports, ['containers', index, 'health_check'], issues);
  }
  for (const [index, { ports }] of containers.entries()) {
    eachRepeat(objectsOf(ports), portOf, (at, port) => {
      report(issues, ['containers', index, 'ports', at, 'container_port'], `duplicate container port: ${port}`);
    });
  }
  issues.push(...startOrderIssues(containers));
  checkVolumes(objectsOf(input.volumes), containers, issues);
  if (isObject(input.resources)) checkResources(input.resources, containers, issues);
  eachRepeat(objectsOf(input.secrets), envVarOf, (index, name) => {
    report(issues, ['secrets', index, 'env_var'], `duplicate secret env_var: ${name}`);
  });
  checkSecrets(objectsOf(input.secrets), containers, issues);
  return issues;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function report(issues: Issue[], path: readonly PropertyKey[], message: string): void {
  issues.push({ pointer: toPointer(path), message });
}

/** Returns the entries of a list. One that is no object counts as one without fields. A list that is too long is skipped. */
function objectsOf(list: unknown): readonly Fields[] {
  if (!Array.isArray(list) || list.length > MAX_LIST) return NONE;
  const objects: Fields[] = [];
  for (const entry of list) objects.push(isObject(entry) ? entry : {});
  return objects;
}

function nameOf({ name }: Fields): unknown {
  return name;
}

function envVarOf({ env_var }: Fields): unknown {
  return env_var;
}

function pathOf({ path }: Fields): unknown {
  return path;
}

function portOf({ container_port: port, protocol = 'tcp' }: Fields): unknown {
  return typeof port === 'number' && typeof protocol === 'string' ? `${port}/${protocol}` : undefined;
}

/** Calls `tell` for every text that an earlier entry of the list has too. */
function eachRepeat(
  list: readonly Fields[],
  textOf: (entry: Fields) => unknown,
  tell: (index: number, text: string) => void,
): void {
  if (list.length < 2) return;
  const seen = new Set<string>();
  for (const [index, entry] of list.entries()) {
    const text = textOf(entry);
    if (typeof text !== 'string' || text === '') continue;
    if (seen.has(text)) tell(index, text);
    seen.add(text);
  }
}

/** Every container gets every secret, so a variable of the same name would have two values. ECS refuses both together. */
function checkSecrets(secrets: readonly Fields[], containers: readonly Fields[], issues: Issue[]): void {
  for (const [index, { env_var: variable }] of secrets.entries()) {
    if (typeof variable !== 'string') continue;
    const container = containers.find(({ env }) => isObject(env) && Object.hasOwn(env, variable));
    if (!container) continue;
    const message = `env_var ${variable} is also set in env of container ${String(container.name)}; remove one of them`;
    report(issues, ['secrets', index, 'env_var'], message);
  }
}

/** A setting of a volume that nothing mounts is probably a typing error, and `retain` would not protect what it is for. */
function checkVolumes(volumes: readonly Fields[], containers: readonly Fields[], issues: Issue[]): void {
  for (const [index, { volumes: mounts }] of containers.entries()) {
    eachRepeat(objectsOf(mounts), pathOf, (at, path) => {
      report(issues, ['containers', index, 'volumes', at, 'path'], `duplicate volume path: ${path}`);
    });
  }
  eachRepeat(volumes, nameOf, (index, name) => {
    report(issues, ['volumes', index, 'name'], `duplicate volume: ${name}`);
  });
  if (volumes.length === 0) return;
  const mounted = new Set(containers.flatMap((one) => objectsOf(one.volumes).map(nameOf)));
  for (const [index, { name }] of volumes.entries()) {
    if (typeof name !== 'string' || name === '' || mounted.has(name)) continue;
    report(issues, ['volumes', index, 'name'], `no container mounts the volume ${name}; mount it or remove it here`);
  }
}

function checkHealthCheck(check: Fields, ports: unknown, path: readonly PropertyKey[], issues: Issue[]): void {
  const { type, command, port, interval_seconds: interval = 10, timeout_seconds: timeout } = check;
  if (typeof interval === 'number' && typeof timeout === 'number' && timeout >= interval) {
    report(issues, [...path, 'timeout_seconds'], 'timeout_seconds must be less than interval_seconds');
  }
  if (type === 'exec' && command === undefined) report(issues, [...path, 'command'], 'health check command required');
  const hasPort = port !== undefined || (Array.isArray(ports) && ports.length > 0);
  if ((type === 'http' || type === 'tcp') && !hasPort) {
    report(issues, [...path, 'port'], 'health check port required where the container has no ports');
  }
}

function checkResources(resources: Fields, containers: readonly Fields[], issues: Issue[]): void {
  for (const field of amounts) {
    const limit = resources[field];
    if (typeof limit !== 'number') continue;
    let sum = 0;
    for (const { resources: own } of containers) if (isObject(own) && typeof own[field] === 'number') sum += own[field];
    if (sum <= Math.max(limit, 0)) continue;
    const message = `${field} of the containers is ${sum} in sum, more than the tenant's ${limit}`;
    report(issues, ['resources', field], message);
  }
}
