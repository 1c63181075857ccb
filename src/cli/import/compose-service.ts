import { toHealthCheck } from './compose-health.ts';
import { toPorts } from './compose-ports.ts';
import { ASSUMED, type Fields, isFields, type Ledger, type Path, toName } from './imported.ts';
import { splitWords, toMegabytes, toMillicores } from './quantities.ts';

/** Settings that break the isolation between tenants. They are refused. */
const forbidden: Record<string, string> = {
  privileged: 'a privileged container controls its machine',
  cap_add: 'added capabilities weaken isolation; the operator can allow them in the provider settings',
  devices: 'devices belong to the machine, not to a tenant',
  device_cgroup_rules: 'devices belong to the machine, not to a tenant',
  security_opt: 'it could disable the isolation between tenants',
  cgroup_parent: 'it would remove the container from the limits of its tenant',
  volumes_from: 'it would mount the volumes of another container',
  use_api_socket: 'access to the engine socket is access to the machine',
  extends: 'other services and files are not read; write the whole service here',
};

/** Settings that are refused for some values only. */
const sharing: Record<string, RegExp> = {
  network_mode: /^(?:host|container:|service:)/,
  pid: /^(?:host|container:|service:)/,
  ipc: /^(?:host|container:|service:)/,
  uts: /^host/,
  userns_mode: /^host/,
  cgroup: /^host/,
};

const reasons: Record<string, string> = {
  build: 'images are not built; the named image is run',
  container_name: 'the provider names the containers',
  depends_on: 'all containers of a tenant start together; containers must wait for their dependencies',
  env_file: 'other files are not read',
  expose: 'containers of a tenant reach each other without it',
  labels: 'labels belong to the tenant; set them in a specification',
  networks: 'the containers of a tenant share their own network',
  secrets: 'reference secrets of the provider in secrets[] of a specification',
  configs: 'put configuration into environment variables or into the image',
  profiles: 'all services run, whatever their profile',
  logging: 'the provider keeps the logs (see berth logs)',
};

/** Returns true for settings that Berth implies or that have no effect; they need no note. */
const isSilent = (key: string, value: unknown) =>
  key.startsWith('x-') ||
  value === null ||
  (key === 'restart' && (value === 'always' || value === 'unless-stopped')) ||
  (key === 'privileged' && value === false) ||
  (Array.isArray(value) && value.length === 0);

const CARRIED = new Set([
  'image',
  'command',
  'entrypoint',
  'environment',
  'ports',
  'healthcheck',
  'deploy',
  'cpus',
  'mem_limit',
  'volumes',
]);

/** Converts a service into a container of the specification. */
export function importService(name: string, service: Fields, index: number, ledger: Ledger) {
  const at: Path = ['services', name];
  for (const [key, value] of Object.entries(service)) {
    if (isSilent(key, value) || CARRIED.has(key)) continue;
    if (forbidden[key]) ledger.refuse([...at, key], `${key}: ${forbidden[key]}`);
    else if (sharing[key]?.test(String(value))) {
      ledger.refuse([...at, key], `${key}: ${value} would share a namespace of the machine or of another container`);
    } else ledger.lose([...at, key], reasons[key] ?? 'Berth has no equivalent');
  }
  if (typeof service.image !== 'string') {
    const reason =
      'build' in service ? 'images are not built; build and push it, then name it in image' : 'image required';
    ledger.refuse('build' in service ? [...at, 'build'] : at, reason);
  }
  checkVolumes(service.volumes, at, ledger);
  const container = toName(name);
  if (container !== name) ledger.lose(at, `renamed to ${container}: names are lower-case letters, digits and hyphens`);
  ledger.trace(['containers', index, 'name'], at);
  const trace = (field: string, key: string) => ledger.trace(['containers', index, field], [...at, key]);
  trace('command', 'entrypoint');
  trace('args', 'command');
  trace('env', 'environment');
  trace('health_check', 'healthcheck');
  trace('resources', 'deploy');
  const ports = toPorts(service.ports, [...at, 'ports'], ledger);
  return {
    name: container,
    image: service.image,
    ...words('command', service.entrypoint, [...at, 'entrypoint'], ledger),
    ...words('args', service.command, [...at, 'command'], ledger),
    env: toEnvironment(service.environment, [...at, 'environment'], ledger),
    ...(ports.length > 0 && { ports }),
    ...toHealthCheck(service.healthcheck, [...at, 'healthcheck'], ledger),
    resources: toResources(service, at, ledger),
  };
}

function words(field: 'command' | 'args', value: unknown, at: Path, ledger: Ledger): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'string') return { [field]: value };
  const split = splitWords(value);
  if (!split) ledger.refuse(at, 'unclosed quote');
  return { [field]: split ?? [] };
}

/** Converts a map or a list of `NAME=value`. */
function toEnvironment(value: unknown, at: Path, ledger: Ledger): Record<string, string> {
  const entries: [key: string, value: unknown, place: PropertyKey][] = Array.isArray(value)
    ? value.map((entry, index) => {
        const [, key = String(entry), text] = /^([^=]*)=(.*)$/s.exec(String(entry)) ?? [];
        return [key, text, index];
      })
    : Object.entries(isFields(value) ? value : {}).map(([key, inner]) => [key, inner, key]);
  const env: Record<string, string> = {};
  for (const [key, inner, place] of entries) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) {
      ledger.lose([...at, place], `${key} is not a valid variable name: use letters, digits and underscores`);
    } else if (inner === undefined || inner === null) {
      ledger.lose([...at, place], `${key} has no value; values of your shell are not read`);
    } else env[key] = String(inner);
  }
  return env;
}

/** Refuses mounts of the host and notes that named volumes are not kept. */
function checkVolumes(volumes: unknown, at: Path, ledger: Ledger): void {
  for (const [index, volume] of (Array.isArray(volumes) ? volumes : []).entries()) {
    const place = [...at, 'volumes', index];
    const short = typeof volume === 'string' ? volume : undefined;
    const source =
      short === undefined ? String(isFields(volume) ? (volume.source ?? '') : '') : (/^(.+?):/.exec(short)?.[1] ?? '');
    const isBind =
      /^(?:[./~\\]|[A-Za-z]:[\\/])/.test(source) ||
      /^[A-Za-z]:[\\/]/.test(short ?? '') ||
      (isFields(volume) && (volume.type === 'bind' || volume.type === 'npipe'));
    if (isBind)
      ledger.refuse(
        place,
        `${source || 'it'} mounts a path of the host, which tenants share; put the files into the image`,
      );
    else ledger.lose(place, 'containers have no volumes; files are lost when a container is replaced');
  }
}

function toResources(service: Fields, at: Path, ledger: Ledger): { cpu: number; memory: number } {
  const deploy = isFields(service.deploy) ? service.deploy : {};
  const resources = isFields(deploy.resources) ? deploy.resources : {};
  const limits = isFields(resources.limits) ? resources.limits : {};
  for (const key of Object.keys(deploy)) {
    const isOne = key === 'replicas' && deploy[key] === 1;
    if (key !== 'resources' && !isOne)
      ledger.lose([...at, 'deploy', key], 'each tenant runs one instance of each container');
  }
  for (const key of Object.keys(resources)) {
    if (key !== 'limits') ledger.lose([...at, 'deploy', 'resources', key], 'only limits are used');
  }
  for (const key of Object.keys(limits)) {
    if (key !== 'cpus' && key !== 'memory')
      ledger.lose([...at, 'deploy', 'resources', 'limits', key], 'only cpu and memory can be limited');
  }
  const cpu = toMillicores(limits.cpus ?? service.cpus);
  const memory = toMegabytes(limits.memory ?? service.mem_limit, 'binary');
  return limitsOf(cpu, memory, at, ledger);
}

/** Returns the limits of a container, raised to the minimum, with defaults for missing values. */
export function limitsOf(cpu: number | undefined, memory: number | undefined, at: Path, ledger: Ledger) {
  if (cpu === undefined) ledger.lose(at, `no CPU limit; ${ASSUMED.cpu} millicores are assumed`);
  if (memory === undefined) ledger.lose(at, `no memory limit; ${ASSUMED.memory} MB are assumed`);
  if (cpu !== undefined && cpu < 128) ledger.lose(at, `${cpu} millicores are below the minimum; 128 are used`);
  if (memory !== undefined && memory < 128) ledger.lose(at, `${memory} MB are below the minimum; 128 are used`);
  return { cpu: Math.max(cpu ?? ASSUMED.cpu, 128), memory: Math.max(memory ?? ASSUMED.memory, 128) };
}
