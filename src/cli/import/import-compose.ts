import { importService } from './compose-service.ts';
import { type Fields, type Imported, type ImportOptions, isFields, openLedger, sumOf, toName } from './imported.ts';
import { type Filled, interpolate } from './interpolation.ts';

/** Top-level keys that do not affect containers. */
const SILENT = new Set(['name', 'services', 'version']);

const reasons: Record<string, string> = {
  networks: 'the containers of a tenant share their own network',
  volumes: 'containers have no volumes; files are lost when a container is replaced',
  secrets: 'reference secrets of the provider in secrets[] of a specification',
  configs: 'put configuration into environment variables or into the image',
  include: 'other files are not read',
  models: 'Berth runs containers, not models',
};

export function isCompose(value: unknown): value is Fields {
  return isFields(value) && isFields(value.services) && !('tenant_id' in value) && !('containers' in value);
}

/**
 * Converts a Compose file into a specification: each service becomes a container of one tenant. Facts about the
 * format are from the Compose Specification (github.com/compose-spec/compose-spec: 05-services.md, deploy.md,
 * 12-interpolation.md).
 */
export function importCompose(file: Fields, { tenant, provider }: ImportOptions): Imported {
  const ledger = openLedger();
  const { services, name } = interpolate(file, [], fillFromDefaults, ledger) as { services: Fields; name?: unknown };
  if (tenant === undefined && typeof name !== 'string') {
    ledger.refuse([], 'a Compose file names no tenant; pass --tenant ID');
  }
  if (provider === undefined) {
    ledger.refuse([], 'a Compose file names no provider; pass --provider NAME (see berth get providers)');
  }
  for (const key of Object.keys(file)) {
    if (!SILENT.has(key) && !key.startsWith('x-')) ledger.lose([key], reasons[key] ?? 'Berth has no equivalent');
  }
  ledger.trace(['tenant_id'], ['name']);
  ledger.trace(['containers'], ['services']);
  const containers = Object.entries(services).map(([service, fields], index) => {
    ledger.trace(['containers', index], ['services', service]);
    return importService(service, isFields(fields) ? fields : {}, index, ledger);
  });
  const spec = {
    tenant_id: tenant ?? (typeof name === 'string' ? toName(name) : ''),
    provider_type: provider ?? '',
    containers,
    resources: sumOf(containers),
  };
  return { format: 'Compose', spec, lost: ledger.lost, refused: ledger.refused, origin: ledger.origin };
}

/** Fills in defaults only. Compose reads the shell, but a tenant must not depend on the shell of the caller. */
function fillFromDefaults(inner: string): Filled {
  const [, name = inner, operator, fallback = ''] = /^([A-Za-z_][A-Za-z0-9_]*)(:?[-?+])?(.*)$/s.exec(inner) ?? [];
  if (operator === '-' || operator === ':-') {
    return { text: fallback, lost: `$${name} is not read from your shell; its default is used` };
  }
  if (operator === '+' || operator === ':+')
    return { text: '', lost: `$${name} is not read from your shell; it counts as unset` };
  return { refused: `$${name} is not read from your shell; write the value, or a default as in \${${name}:-value}` };
}
