import { ProviderFailedError } from '../../../compute/errors.ts';
import { TenantRecord } from './record.ts';

/** Returns undefined for a text that is no record of this tenant. Throws `ProviderFailedError` for that of a newer Berth. */
export function parseRecord(tenantId: string, text: string): TenantRecord | undefined {
  const value = parseJson(text);
  const { version } = (value ?? {}) as { version?: unknown };
  if (typeof version === 'number' && version > 1) {
    throw new ProviderFailedError(`a newer version of Berth wrote the record of tenant ${tenantId}`, {
      retryable: false,
      hint: 'Start that version. Or destroy the tenant, which ends all its processes, and provision it again.',
    });
  }
  const { data } = TenantRecord.safeParse(value);
  return data?.tenant_id === tenantId ? data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
