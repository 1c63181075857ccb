import type { Row } from '../../../../src/console/rooms/fleet/row.ts';

/** Returns the row of a healthy tenant, apart from what is given. */
export function rowOf(tenant_id: string, given: Partial<Row> = {}): Row {
  return {
    tenant_id,
    provider_type: 'process',
    phase: 'ready',
    health: 'healthy',
    reason: 'Serving',
    revision: 1,
    restart_count: 0,
    url: undefined,
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    ...given,
  };
}
