import { closestName } from '../../compute/spec/closest-name.ts';
import { limitsOf } from './compose-resources.ts';
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
import { mapTexts } from './interpolation.ts';
import { readOrder, type ScoreOrder, toOrder } from './order/score-order.ts';
import { quantityToMegabytes, toMillicores } from './quantities.ts';
import { checkShape, fieldsAt, type Shape, toTexts } from './shapes.ts';
import { isVolume, toScoreVolumes } from './volumes/score-volumes.ts';

export function isScore(value: unknown): value is Fields {
  return isFields(value) && typeof value.apiVersion === 'string' && /^score\.(?:dev|sh)\//.test(value.apiVersion);
}

const FILES = 'put the file into the image';

/** Every field of a container (github.com/score-spec/spec, score-v1b1.json). */
const containerFields: Readonly<Record<string, Shape>> = {
  image: 'text',
  command: 'list',
  args: 'list',
  variables: 'map',
  files: 'list or map',
  volumes: 'list or map',
  before: 'map',
  resources: 'map',
  livenessProbe: 'map',
  readinessProbe: 'map',
};
const workloadFields = ['apiVersion', 'metadata', 'service', 'containers', 'resources'];

/**
 * Converts a Score workload into a specification. Facts about the format are from its schema and its library
 * (github.com/score-spec/spec, score-v1b1.json; github.com/score-spec/score-go, framework/substitution.go).
 */
export function importScore(file: Fields, { tenant, provider }: ImportOptions): Imported {
  const ledger = openLedger();
  const metadata = fieldsAt(file, 'metadata', [], ledger);
  if (file.apiVersion !== 'score.dev/v1b1') ledger.refuse(['apiVersion'], 'only score.dev/v1b1 is supported');
  if (provider === undefined) {
    ledger.refuse([], 'a Score file names no provider; pass --provider NAME (see berth get providers)');
  }
  refuseUnknown(withoutExtensions(file, ledger), workloadFields, [], ledger);
  const resources = fieldsAt(file, 'resources', [], ledger);
  const containers = fieldsAt(file, 'containers', [], ledger);
  const order = readOrder(containers, ledger);
  const imported = Object.entries(containers).flatMap(([name, fields], index) => {
    const at = ['containers', name];
    if (!checkShape(fields, 'map', at, ledger) || !isFields(fields)) return [];
    ledger.trace(['containers', index], at);
    ledger.trace(['containers', index, 'name'], at);
    ledger.trace(['containers', index, 'env'], [...at, 'variables']);
    return [importContainer(name, fields, { metadata, resources, order }, ledger)];
  });
  addPorts(file, imported, ledger);
  for (const key of Object.keys(metadata)) {
    if (key !== 'name') ledger.lose(['metadata', key], metadataNote(key));
  }
  for (const [key, resource] of Object.entries(resources)) {
    if (isVolume(resource)) continue;
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

function metadataNote(key: string): string {
  return key === 'annotations'
    ? 'annotations are for other platforms; set labels in a specification'
    : 'it is used in placeholders only; set labels in a specification';
}

/** Notes the extensions of a workload, which the specification leaves to tools (score-spec/spec, samples). */
function withoutExtensions(file: Fields, ledger: Ledger): Fields {
  const extensions = Object.keys(file).filter((key) => key.startsWith('x-'));
  for (const key of extensions) ledger.lose([key], 'Berth knows no extensions of Score files');
  return Object.fromEntries(Object.entries(file).filter(([key]) => !extensions.includes(key)));
}

function refuseUnknown(fields: Fields, known: readonly string[], at: Path, ledger: Ledger): void {
  for (const key of Object.keys(fields)) {
    if (known.includes(key)) continue;
    const near = closestName(key, known);
    ledger.refuse([...at, key], `unknown field: ${key}${near ? `; did you mean ${near}?` : ''}`);
  }
}

/** `${…}` is a placeholder, `$$` is a dollar sign, and every other dollar sign is itself. */
const PLACEHOLDER = /\$(?:\$|\{([^{}]*)\})/g;

/** Replaces the placeholders of variables. Score has placeholders in variables, files and parameters of resources only. */
function fillVariables(variables: Fields, at: Path, metadata: Fields, ledger: Ledger): Fields {
  return mapTexts(variables, at, (text, place) =>
    text.replace(PLACEHOLDER, (whole, inner?: string) => {
      if (whole === '$$') return '$';
      const value = lookUp(inner ?? '', metadata);
      if (value !== undefined) return value;
      ledger.refuse(place, refusalOf(inner ?? ''));
      return '';
    }),
  ) as Fields;
}

/** Returns the value of a reference. A dot in a key is written as `\.`. */
function lookUp(reference: string, metadata: Fields): string | undefined {
  const [root, ...keys] = reference.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'));
  let value: unknown = root === 'metadata' && keys.length > 0 ? metadata : undefined;
  for (const key of keys) value = isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}

function refusalOf(reference: string): string {
  const text = `\${${reference}} has no value: `;
  if (reference.startsWith('resources.')) return `${text}Berth provides no resources; write the value`;
  if (reference.startsWith('metadata.')) return `${text}metadata lacks it. Berth provides no resources either`;
  return `${text}a placeholder begins with metadata or resources; write $$ for a dollar sign`;
}

/** The parts of the file that containers refer to. */
interface Shared {
  metadata: Fields;
  resources: Fields;
  order: ScoreOrder;
}

type Container = ReturnType<typeof importContainer>;

function importContainer(name: string, given: Fields, { metadata, resources, order }: Shared, ledger: Ledger) {
  const at: Path = ['containers', name];
  refuseUnknown(given, Object.keys(containerFields), at, ledger);
  const container = Object.fromEntries(
    Object.entries(given).filter(
      ([key, value]) =>
        value !== null && containerFields[key] && checkShape(value, containerFields[key], [...at, key], ledger),
    ),
  );
  const { image, command, args, variables } = container;
  if (image === '.') ledger.refuse([...at, 'image'], 'images are not built; build and push it, then name it here');
  else if (image === undefined) ledger.refuse(at, 'image required');
  for (const [place] of entriesOf(container.files)) ledger.lose([...at, 'files', place], FILES);
  const volumes = toScoreVolumes(entriesOf(container.volumes), resources, [...at, 'volumes'], ledger);
  return {
    name,
    image,
    ...(Array.isArray(command) && { command: toWords(command, [...at, 'command'], ledger) }),
    ...(Array.isArray(args) && { args: toWords(args, [...at, 'args'], ledger) }),
    ...(isFields(variables) && { env: toEnv(variables, [...at, 'variables'], metadata, ledger) }),
    ...(volumes.length > 0 && { volumes }),
    ports: [] as { container_port: unknown; protocol: string; name?: string }[],
    ...(!order.once.has(name) && toHealthCheck(container, at, ledger)),
    resources: toResources(container, at, ledger),
    ...toOrder(name, container, order, at, ledger),
  };
}

/** Returns the words as they are written, and notes those that look like placeholders. */
function toWords(words: readonly unknown[], at: Path, ledger: Ledger): string[] {
  for (const [index, word] of words.entries()) {
    if (typeof word !== 'string' || !/\$\{(?:metadata|resources)\b/.test(word)) continue;
    ledger.lose([...at, index], 'Score has placeholders in variables, files and resources only; the text is kept');
  }
  return toTexts(words, at, ledger);
}

function toEnv(variables: Fields, at: Path, metadata: Fields, ledger: Ledger): Record<string, string> {
  const filled = Object.entries(fillVariables(variables, at, metadata, ledger)).flatMap(([name, value]) => {
    if (!checkShape(value, 'text', [...at, name], ledger)) return [];
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return [[name, String(value)]];
    ledger.lose([...at, name], `${name} is not a valid variable name: use letters, digits and underscores`);
    return [];
  });
  return Object.fromEntries(filled) as Record<string, string>;
}

function toResources(container: Fields, at: Path, ledger: Ledger) {
  const resources = fieldsAt(container, 'resources', at, ledger);
  const path = [...at, 'resources'];
  refuseUnknown(resources, ['limits', 'requests'], path, ledger);
  const limits = fieldsAt(resources, 'limits', path, ledger);
  refuseUnknown(limits, ['cpu', 'memory'], [...path, 'limits'], ledger);
  if (resources.requests !== undefined) ledger.lose([...path, 'requests'], 'only limits are used');
  const [cpu, memory] = [toMillicores(limits.cpu), quantityToMegabytes(limits.memory)];
  if (limits.cpu !== undefined && cpu === undefined) {
    ledger.refuse([...path, 'limits', 'cpu'], 'cpu must be a number of cores such as 0.5 or 500m');
  }
  if (limits.memory !== undefined && memory === undefined) {
    ledger.refuse([...path, 'limits', 'memory'], 'memory must be an amount such as 128Mi or 1.5G');
  }
  return limitsOf(cpu, memory, at, ledger);
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
  const place = [...at, key];
  refuseUnknown(probe, ['httpGet', 'exec'], place, ledger);
  const { httpGet, exec } = probe;
  // The schema: "The execProbe should be preferred if the Score implementation supports both types."
  if (isFields(exec)) {
    if (httpGet !== undefined) ledger.lose([...place, 'httpGet'], 'a container has one health check; exec is used');
    if (!checkShape(exec.command, 'list', [...place, 'exec', 'command'], ledger)) return {};
    const command = toTexts(exec.command as unknown[], [...place, 'exec', 'command'], ledger);
    return { health_check: { type: 'exec', command } };
  }
  if (!isFields(httpGet)) {
    ledger.lose(place, 'it has neither httpGet nor exec');
    return {};
  }
  const { path, port, ...others } = httpGet;
  if (others.scheme === 'HTTP') delete others.scheme;
  for (const name of Object.keys(others)) {
    const reason =
      name === 'scheme' ? 'the check does not use HTTPS' : 'the provider sends a plain HTTP request without it';
    ledger.lose([...place, 'httpGet', name], reason);
  }
  return { health_check: { type: 'http', http_path: path, port } };
}

/** Assigns the ports of the workload to the container that is probed on them, else to the first container. */
function addPorts(file: Fields, containers: readonly Container[], ledger: Ledger): void {
  const service = fieldsAt(file, 'service', [], ledger);
  refuseUnknown(service, ['ports'], ['service'], ledger);
  for (const [name, fields] of Object.entries(fieldsAt(service, 'ports', ['service'], ledger))) {
    const at = ['service', 'ports', name];
    if (!checkShape(fields, 'map', at, ledger) || !isFields(fields)) continue;
    refuseUnknown(fields, ['port', 'targetPort', 'protocol'], at, ledger);
    const { port, targetPort = port, protocol = 'TCP' } = fields;
    const probed = containers.findIndex((each) => 'health_check' in each && each.health_check?.port === targetPort);
    const lasting = containers.findIndex((each) => !('run' in each && each.run));
    const index = probed >= 0 ? probed : Math.max(lasting, 0);
    const container = containers[index];
    if (!container) continue;
    ledger.trace(['containers', index, 'ports', container.ports.length], at);
    container.ports.push({ container_port: targetPort, protocol: String(protocol).toLowerCase(), name });
    if (targetPort !== port) ledger.lose([...at, 'port'], 'the provider chooses the host port (see berth status)');
    if (containers.length > 1 && probed < 0) ledger.lose(at, `assigned to the container ${container.name}`);
  }
}
