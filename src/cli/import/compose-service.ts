import { toHealthCheck } from './compose-health.ts';
import { toPorts } from './compose-ports.ts';
import { ASSUMED, type Fields, isFields, type Ledger, type Path, toName } from './imported.ts';
import { splitWords, toMegabytes, toMillicores } from './quantities.ts';

/** Settings by which a container reaches out of itself. A control plane for many customers has to refuse them. */
const forbidden: Record<string, string> = {
  privileged: 'a privileged container is as good as the machine it runs on',
  cap_add: 'capabilities let a container reach out of itself; the operator allows them in the defaults of the provider',
  devices: 'devices belong to the machine, not to one tenant',
  device_cgroup_rules: 'devices belong to the machine, not to one tenant',
  security_opt: 'it would switch off what keeps tenants apart',
  cgroup_parent: 'it would take the container out of the limits of its tenant',
  volumes_from: 'it would mount what another container holds',
  use_api_socket: 'whoever has the engine’s socket has the machine',
  extends: 'other services and files are not read: write the whole service here',
};

/** These are forbidden for some of their values only. */
const sharing: Record<string, RegExp> = {
  network_mode: /^(?:host|container:|service:)/,
  pid: /^(?:host|container:|service:)/,
  ipc: /^(?:host|container:|service:)/,
  uts: /^host/,
  userns_mode: /^host/,
  cgroup: /^host/,
};

const reasons: Record<string, string> = {
  build: 'images are not built: the image that is named is run',
  container_name: 'the provider names containers',
  depends_on: 'all containers of a tenant start together; let them wait for each other',
  env_file: 'other files are not read',
  expose: 'containers of one tenant reach each other without it',
  labels: 'labels are of the tenant: write them into a specification',
  networks: 'the containers of a tenant have a network of their own',
  secrets: 'refer to secrets of the provider with secrets[] in a specification',
  configs: 'give configuration in environment, or put it into the image',
  profiles: 'every service is run, whatever profile it is in',
  logging: 'the provider keeps the logs (see berth logs)',
};

/** What needs no word: Berth does it anyway, or nothing is asked for. */
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

/** One service as a container of the specification. */
export function importService(name: string, service: Fields, index: number, ledger: Ledger) {
  const at: Path = ['services', name];
  for (const [key, value] of Object.entries(service)) {
    if (isSilent(key, value) || CARRIED.has(key)) continue;
    if (forbidden[key]) ledger.refuse([...at, key], `${key}: ${forbidden[key]}`);
    else if (sharing[key]?.test(String(value))) {
      ledger.refuse([...at, key], `${key}: ${value} would share what belongs to the machine or to another container`);
    } else ledger.lose([...at, key], reasons[key] ?? 'there is nothing like it in Berth');
  }
  if (typeof service.image !== 'string') {
    const reason =
      'build' in service ? 'images are not built: build it, push it, and name it in image' : 'image required';
    ledger.refuse('build' in service ? [...at, 'build'] : at, reason);
  }
  checkVolumes(service.volumes, at, ledger);
  const container = toName(name);
  if (container !== name)
    ledger.lose(at, `the container is called ${container}: names are lower-case letters, digits and hyphens`);
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
  if (!split) ledger.refuse(at, 'a quote in it is not closed');
  return { [field]: split ?? [] };
}

/** A map, or a list of `NAME=value`. */
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
      ledger.lose(
        [...at, place],
        `${key} is no name for an environment variable: letters, digits and underscores only`,
      );
    } else if (inner === undefined || inner === null) {
      ledger.lose([...at, place], `${key} has no value here, and none is read from your shell`);
    } else env[key] = String(inner);
  }
  return env;
}

/** Nothing of the host is mounted; what a named volume would keep is not kept. */
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
        `${source || 'it'} is a file or folder of the host, which may hold what belongs to others: put the files into the image`,
      );
    else ledger.lose(place, 'containers keep nothing: what they write is gone when they are replaced');
  }
}

function toResources(service: Fields, at: Path, ledger: Ledger): { cpu: number; memory: number } {
  const deploy = isFields(service.deploy) ? service.deploy : {};
  const resources = isFields(deploy.resources) ? deploy.resources : {};
  const limits = isFields(resources.limits) ? resources.limits : {};
  for (const key of Object.keys(deploy)) {
    const isOne = key === 'replicas' && deploy[key] === 1;
    if (key !== 'resources' && !isOne) ledger.lose([...at, 'deploy', key], 'each tenant runs each container once');
  }
  for (const key of Object.keys(resources)) {
    if (key !== 'limits') ledger.lose([...at, 'deploy', 'resources', key], 'what counts are the limits');
  }
  for (const key of Object.keys(limits)) {
    if (key !== 'cpus' && key !== 'memory')
      ledger.lose([...at, 'deploy', 'resources', 'limits', key], 'only cpu and memory have limits');
  }
  const cpu = toMillicores(limits.cpus ?? service.cpus);
  const memory = toMegabytes(limits.memory ?? service.mem_limit, 'binary');
  return limitsOf(cpu, memory, at, ledger);
}

/** The limits of a container, no lower than Berth allows, with what is assumed where nothing is said. */
export function limitsOf(cpu: number | undefined, memory: number | undefined, at: Path, ledger: Ledger) {
  if (cpu === undefined) ledger.lose(at, `no CPU limit: ${ASSUMED.cpu} millicores are assumed`);
  if (memory === undefined) ledger.lose(at, `no memory limit: ${ASSUMED.memory} MB are assumed`);
  if (cpu !== undefined && cpu < 128) ledger.lose(at, `${cpu} millicores are below the least there is: 128 are given`);
  if (memory !== undefined && memory < 128) ledger.lose(at, `${memory} MB are below the least there is: 128 are given`);
  return { cpu: Math.max(cpu ?? ASSUMED.cpu, 128), memory: Math.max(memory ?? ASSUMED.memory, 128) };
}
