import { closestName } from '../../compute/spec/closest-name.ts';
import { toEnvironment } from './compose-environment.ts';
import { serviceFields } from './compose-fields.ts';
import { toHealthCheck } from './compose-health.ts';
import { toPorts } from './compose-ports.ts';
import { checkField, toResources } from './compose-resources.ts';
import { checkIsolation, type ProviderSettings, readSettings } from './compose-settings.ts';
import { type Fields, type Ledger, openLedger, type Path, toName, type VariableSource } from './imported.ts';
import type { ComposeOrder } from './order/compose-order.ts';
import { checkShape, toTexts } from './shapes.ts';
import { splitWords } from './split-words.ts';
import { toVolumes } from './volumes/compose-volumes.ts';

export interface ServiceContext {
  provider: string;
  source: VariableSource;
  settings: ProviderSettings;
  order: ComposeOrder;
  ledger: Ledger;
}

/** Converts a service into a container of the specification. */
export function importService(name: string, given: Fields, index: number, context: ServiceContext) {
  const { provider, source, settings, order, ledger } = context;
  const at: Path = ['services', name];
  checkFields(given, at, ledger);
  const service = onlyShaped(given);
  checkImage(service, at, ledger);
  const isOnce = order.runsOnce(name);
  readSettings(name, service, at, settings, ledger);
  checkIsolation(name, service, at, provider, settings, ledger);
  const container = toName(name);
  if (container !== name) ledger.lose(at, `renamed to ${container}: names are lower-case letters, digits and hyphens`);
  ledger.trace(['containers', index, 'name'], at);
  for (const [field, key] of Object.entries(origins)) ledger.trace(['containers', index, field], [...at, key]);
  const ports = isOnce ? [] : toPorts(service.ports, [...at, 'ports'], ledger);
  if (isOnce) noteUnused(service, at, ledger);
  const volumes = toVolumes(service.volumes, container, [...at, 'volumes'], ledger);
  return {
    name: container,
    image: service.image,
    ...words('command', service.entrypoint, [...at, 'entrypoint'], ledger),
    ...words('args', service.command, [...at, 'command'], ledger),
    env: toEnvironment(service, at, source, ledger),
    ...(ports.length > 0 && { ports }),
    ...(volumes.length > 0 && { volumes }),
    ...(!isOnce && toHealthCheck(service.healthcheck, name, [...at, 'healthcheck'], settings, ledger)),
    resources: toResources(service, at, ledger),
    ...(isOnce && { run: 'once' }),
    ...order.afterOf(name, index),
  };
}

/** Notes the fields that mean nothing for a container that ends. */
function noteUnused({ ports, healthcheck }: Fields, at: Path, ledger: Ledger): void {
  if (Array.isArray(ports) && ports.length > 0)
    ledger.lose([...at, 'ports'], 'a container that runs once has no ports');
  if (healthcheck !== undefined) {
    ledger.lose([...at, 'healthcheck'], 'a container that runs once has no health check: its exit code tells');
  }
}

/** The field of a service that each field of a container comes from. */
const origins = {
  command: 'entrypoint',
  args: 'command',
  env: 'environment',
  health_check: 'healthcheck',
  resources: 'deploy',
};

function checkFields(service: Fields, at: Path, ledger: Ledger): void {
  for (const [key, value] of Object.entries(service)) {
    if (key.startsWith('x-') || isEmptyList(key, value)) continue;
    const rule = serviceFields[key];
    if (rule) checkField(key, value, rule, at, ledger);
    else {
      const near = closestName(key, Object.keys(serviceFields));
      ledger.refuse([...at, key], `unknown field: ${key}${near ? `; did you mean ${near}?` : ''}`);
    }
  }
}

/** An empty list says nothing, but for the two fields that it clears. */
function isEmptyList(key: string, value: unknown): boolean {
  return key !== 'command' && key !== 'entrypoint' && Array.isArray(value) && value.length === 0;
}

/** Returns the fields whose values have the form that the table names. The others have been refused. */
function onlyShaped(service: Fields): Fields {
  const silent = openLedger();
  return Object.fromEntries(
    Object.entries(service).filter(([key, value]) => checkShape(value, serviceFields[key]?.shape ?? 'any', [], silent)),
  );
}

function checkImage({ image, build }: Fields, at: Path, ledger: Ledger): void {
  // An empty image comes from a variable without a value, which is refused.
  const isNamed = image !== undefined;
  if (isNamed && build !== undefined) ledger.lose([...at, 'build'], 'images are not built; the named image is run');
  else if (build !== undefined) {
    ledger.refuse([...at, 'build'], 'images are not built; build and push it, then name it in image');
  } else if (!isNamed) ledger.refuse(at, 'image required');
}

function words(field: 'command' | 'args', value: unknown, at: Path, ledger: Ledger): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  const list = Array.isArray(value) ? toTexts(value, at, ledger) : splitWords(String(value));
  if (!list) ledger.refuse(at, 'unclosed quote');
  if (list?.length !== 0) return { [field]: list ?? [] };
  ledger.lose(at, `an empty ${String(at.at(-1))} cannot clear that of the image, which is used`);
  return {};
}
