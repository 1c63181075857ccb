import { type Fields, type Imported, type ImportOptions, isFields, openLedger } from './imported.ts';

/** Fields of a tenant that describe its past or its present, not what is wanted. */
const OBSERVED = ['revision', 'phase', 'conditions'];

/** Returns true for the document that `berth get tenant -o yaml` prints. */
export function isTenant(value: unknown): value is Fields {
  if (!isFields(value) || !isFields(value.spec) || 'containers' in value) return false;
  return Object.keys(value).length === 1 || OBSERVED.some((field) => Object.hasOwn(value, field));
}

/** Takes the specification out of a tenant. Values of variables that are redacted keep those on record. */
export function importTenant(tenant: Fields, { tenant: id, provider }: ImportOptions): Imported {
  const ledger = openLedger();
  const fields = tenant.spec as Fields;
  const rest = Object.keys(tenant).filter((key) => key !== 'spec');
  if (rest.length > 0) ledger.lose(['spec'], 'only the specification is read; the other fields tell what was observed');
  for (const [index, container] of (Array.isArray(fields.containers) ? fields.containers : []).entries()) {
    const env = isFields(container) && isFields(container.env) ? container.env : {};
    if (Object.values(env).includes('[redacted]')) {
      ledger.lose(['spec', 'containers', index, 'env'], 'values that are [redacted] stay as they are on record');
    }
  }
  const spec = {
    ...fields,
    ...(id !== undefined && { tenant_id: id }),
    ...(provider !== undefined && { provider_type: provider }),
  };
  return { format: 'tenant', spec, lost: ledger.lost, refused: ledger.refused, origin: (pointer) => `/spec${pointer}` };
}
