import { closestName } from '../../compute/spec/closest-name.ts';
import { importService } from './compose-service.ts';
import { collectSettings } from './compose-settings.ts';
import {
  type Fields,
  type Imported,
  type ImportOptions,
  isFields,
  type Ledger,
  type OpenLedger,
  openLedger,
  sumOf,
  toName,
  type VariableSource,
} from './imported.ts';
import { interpolate } from './interpolation.ts';
import { readOrder } from './order/compose-order.ts';
import { toTexts } from './shapes.ts';
import { checkDeclarations } from './volumes/compose-volumes.ts';

/** Top-level keys that do not affect containers. */
const SILENT = new Set(['name', 'services', 'version', 'volumes']);

const reasons: Record<string, string> = {
  networks: 'the containers of a tenant share their own network',
  secrets: 'reference secrets of the provider in secrets[] of a specification',
  configs: 'put configuration into environment variables or into the image',
  include: 'other files are not read',
  models: 'Berth runs containers, not models',
};
const nothing: VariableSource = { variables: new Map(), readEnvFile: () => undefined };

export function isCompose(value: unknown): value is Fields {
  return isFields(value) && isFields(value.services) && !('tenant_id' in value) && !('containers' in value);
}

/**
 * Converts a Compose file into a specification: each service becomes a container of one tenant. Facts about the
 * format are from the Compose Specification (github.com/compose-spec/compose-spec: 05-services.md, deploy.md,
 * 12-interpolation.md, 15-profiles.md).
 */
export function importCompose(file: Fields, options: ImportOptions): Imported {
  const { tenant, provider, profiles = [], source = nothing } = options;
  const ledger = openLedger();
  const { variables } = source;
  // docs.docker.com/compose/how-tos/project-name: the variable goes before the field.
  const name = variables.get('COMPOSE_PROJECT_NAME') || interpolate(file.name, ['name'], variables, ledger);
  if (tenant === undefined && typeof name !== 'string') {
    ledger.refuse([], 'a Compose file names no tenant; pass --tenant ID');
  }
  if (provider === undefined) {
    ledger.refuse([], 'a Compose file names no provider; pass --provider NAME (see berth get providers)');
  }
  checkTopLevel(file, ledger);
  ledger.trace(['tenant_id'], ['name']);
  ledger.trace(['containers'], ['services']);
  const services = enabledServices(file.services as Fields, profilesOf(profiles, variables), variables, ledger);
  const settings = collectSettings(provider ?? '');
  const order = readOrder(services, ledger);
  const context = { provider: provider ?? 'the provider', source, settings, order, ledger };
  const containers = services.map(([service, fields], index) => {
    ledger.trace(['containers', index], ['services', service]);
    return importService(service, fields, index, context);
  });
  const config = settings.toConfig(
    services.map(([service]) => service),
    ledger,
  );
  const spec = {
    tenant_id: tenant ?? (typeof name === 'string' ? toName(name) : ''),
    provider_type: provider ?? '',
    containers,
    resources: sumOf(containers),
    ...(Object.keys(config).length > 0 && { provider_config: config }),
  };
  return { format: 'Compose', spec, lost: ledger.lost, refused: ledger.refused, origin: ledger.origin };
}

function checkTopLevel(file: Fields, ledger: Ledger): void {
  for (const [key, value] of Object.entries(file)) {
    if (SILENT.has(key) || key.startsWith('x-') || value === null) continue;
    const reason = reasons[key];
    if (reason !== undefined) ledger.lose([key], reason);
    else {
      const near = closestName(key, [...SILENT, ...Object.keys(reasons)]);
      ledger.refuse([key], `unknown field: ${key}${near ? `; did you mean ${near}?` : ''}`);
    }
  }
  checkDeclarations(file.volumes, ledger);
}

/** Returns the profiles of `--profile`, else those of `COMPOSE_PROFILES`. */
function profilesOf(chosen: readonly string[], variables: ReadonlyMap<string, string>): ReadonlySet<string> {
  const named = chosen.length > 0 ? chosen : [variables.get('COMPOSE_PROFILES') ?? ''];
  return new Set(named.flatMap((names) => names.split(',')).map((name) => name.trim()));
}

/** Returns the services that run, with their variables replaced. A service without profiles always runs. */
function enabledServices(
  services: Fields,
  profiles: ReadonlySet<string>,
  variables: ReadonlyMap<string, string>,
  ledger: OpenLedger,
): [name: string, service: Fields][] {
  const enabled = Object.entries(services).flatMap(([name, service]): [string, Fields][] => {
    const at = ['services', name];
    if (!isFields(service)) {
      ledger.refuse(at, `${name} must be a map with an image`);
      return [];
    }
    const needed = Array.isArray(service.profiles) ? service.profiles : [];
    const names = toTexts(interpolate(needed, [...at, 'profiles'], variables, ledger) as unknown[], at, ledger);
    if (names.length > 0 && !profiles.has('*') && !names.some((each) => profiles.has(each))) {
      ledger.lose([...at, 'profiles'], `${name} does not run without --profile ${names.join(' or ')}`);
      return [];
    }
    return [[name, interpolate(service, at, variables, ledger) as Fields]];
  });
  if (enabled.length === 0 && ledger.refused.length === 0) {
    ledger.refuse(['services'], 'no service runs; choose a profile with --profile');
  }
  return enabled;
}
