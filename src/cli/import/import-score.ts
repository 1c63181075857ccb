import { limitsOf } from './compose-service.ts';
import {
  type Fields,
  type Imported,
  type ImportOptions,
  isFields,
  type Ledger,
  openLedger,
  type Path,
  sumOf,
} from './imported.ts';
import { type Filled, interpolate } from './interpolation.ts';
import { toMegabytes, toMillicores } from './quantities.ts';

export function isScore(value: unknown): value is Fields {
  return isFields(value) && typeof value.apiVersion === 'string' && value.apiVersion.startsWith('score.dev/');
}

/**
 * Converts a Score workload into a specification. Facts about the format are from its schema
 * (github.com/score-spec/spec, score-v1b1.json).
 */
export function importScore(file: Fields, { tenant, provider }: ImportOptions): Imported {
  const ledger = openLedger();
  const metadata = isFields(file.metadata) ? file.metadata : {};
  if (file.apiVersion !== 'score.dev/v1b1') ledger.refuse(['apiVersion'], 'only score.dev/v1b1 is supported');
  if (provider === undefined) {
    ledger.refuse([], 'a Score file names no provider; pass --provider NAME (see berth get providers)');
  }
  const fill = (inner: string) => fillFromMetadata(inner, metadata);
  const containers = interpolate(
    isFields(file.containers) ? file.containers : {},
    ['containers'],
    fill,
    ledger,
  ) as Fields;
  const imported = Object.entries(containers).map(([name, fields], index) => {
    ledger.trace(['containers', index], ['containers', name]);
    ledger.trace(['containers', index, 'name'], ['containers', name]);
    ledger.trace(['containers', index, 'env'], ['containers', name, 'variables']);
    return importContainer(name, isFields(fields) ? fields : {}, ledger);
  });
  addPorts(file.service, imported, ledger);
  for (const key of Object.keys(metadata)) {
    if (key !== 'name') ledger.lose(['metadata', key], 'labels belong to the tenant; set them in a specification');
  }
  for (const key of Object.keys(isFields(file.resources) ? file.resources : {})) {
    ledger.lose(['resources', key], 'Berth provides no resources beside containers');
  }
  ledger.trace(['tenant_id'], ['metadata', 'name']);
  const spec = {
    tenant_id: tenant ?? metadata.name,
    provider_type: provider ?? '',
    containers: imported,
    resources: sumOf(imported),
  };
  return { format: 'Score', spec, lost: ledger.lost, refused: ledger.refused, origin: ledger.origin };
}

/** Resolves placeholders of metadata. Placeholders of resources have no value without a provisioner. */
function fillFromMetadata(inner: string, metadata: Fields): Filled {
  const [root, ...keys] = inner.split('.');
  let value: unknown = root === 'metadata' ? metadata : undefined;
  for (const key of keys) value = isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  if (typeof value === 'string' || typeof value === 'number') return { text: String(value) };
  return { refused: `\${${inner}} has no value: Berth provides no resources; write the value` };
}

type Container = ReturnType<typeof importContainer>;

function importContainer(name: string, container: Fields, ledger: Ledger) {
  const at: Path = ['containers', name];
  if (container.image === '.')
    ledger.refuse([...at, 'image'], 'images are not built; build and push it, then name it here');
  for (const key of ['files', 'volumes']) {
    for (const [place] of entriesOf(container[key])) {
      const reason =
        key === 'files'
          ? 'put the file into the image'
          : 'containers have no volumes; files are lost when a container is replaced';
      ledger.lose([...at, key, place], reason);
    }
  }
  const resources = isFields(container.resources) ? container.resources : {};
  const limits = isFields(resources.limits) ? resources.limits : {};
  if (resources.requests !== undefined) ledger.lose([...at, 'resources', 'requests'], 'only limits are used');
  const { image, command, args, variables } = container;
  return {
    name,
    image,
    ...(command !== undefined && { command }),
    ...(args !== undefined && { args }),
    ...(variables !== undefined && { env: variables }),
    ports: [] as { container_port: unknown; protocol: string; name?: string }[],
    ...toHealthCheck(container, at, ledger),
    resources: limitsOf(toMillicores(limits.cpu), toMegabytes(limits.memory, 'decimal'), at, ledger),
  };
}

function entriesOf(value: unknown): [PropertyKey, unknown][] {
  if (Array.isArray(value)) return [...value.entries()];
  return isFields(value) ? Object.entries(value) : [];
}

/** Converts the readiness probe, else the liveness probe. A container has one health check. */
function toHealthCheck(container: Fields, at: Path, ledger: Ledger) {
  const { readinessProbe, livenessProbe } = container;
  const key = readinessProbe === undefined ? 'livenessProbe' : 'readinessProbe';
  const probe = container[key];
  if (!isFields(probe)) return {};
  if (readinessProbe !== undefined && livenessProbe !== undefined) {
    ledger.lose([...at, 'livenessProbe'], 'a container has one health check; the readiness probe is used');
  }
  const { httpGet, exec } = probe;
  if (isFields(exec)) return { health_check: { type: 'exec', command: exec.command } };
  if (!isFields(httpGet)) return {};
  const { path, port, ...others } = httpGet;
  if (others.scheme === 'HTTP') delete others.scheme;
  for (const name of Object.keys(others)) {
    ledger.lose([...at, key, 'httpGet', name], 'the provider sends a plain HTTP request without headers');
  }
  return { health_check: { type: 'http', http_path: path, port } };
}

/** Assigns the ports of the workload to the container that is probed on them, else to the first container. */
function addPorts(service: unknown, containers: readonly Container[], ledger: Ledger): void {
  const ports = isFields(service) && isFields(service.ports) ? service.ports : {};
  for (const [name, fields] of Object.entries(ports)) {
    if (!isFields(fields)) continue;
    const { port, targetPort = port, protocol = 'TCP' } = fields;
    const at = ['service', 'ports', name];
    const probed = containers.findIndex((each) => 'health_check' in each && each.health_check?.port === targetPort);
    const index = Math.max(probed, 0);
    const container = containers[index];
    if (!container) continue;
    ledger.trace(['containers', index, 'ports', container.ports.length], at);
    container.ports.push({ container_port: targetPort, protocol: String(protocol).toLowerCase(), name });
    if (targetPort !== port) ledger.lose([...at, 'port'], 'the provider chooses the host port (see berth status)');
    if (containers.length > 1 && probed < 0) ledger.lose(at, `assigned to the container ${container.name}`);
  }
}
