import { exists, phases } from '../../tenants/model/phases.ts';
import type { Tenant } from '../../tenants/model/tenant.ts';
import type { ShownHealth } from '../../tenants/watch/shown-health.ts';
import type { Row } from '../model/rollout.ts';
import { DESTROYED } from './observe.ts';

/**
 * What the end of a bake finds of a tenant whose update succeeded. `unsettled`: its health is not known yet, or it changes
 * at the moment.
 */
export type Verdict =
  | { kind: 'good' }
  | { kind: 'unsettled'; detail: string }
  | { kind: 'failed' | 'skipped'; detail: string };

/** Returns whether a tenant is good at the end of a bake, by its health as it was observed since its update. */
export function verdictOf(row: Row, tenant: Tenant | undefined, shown: ShownHealth | undefined): Verdict {
  if (!exists(tenant) || tenant.incarnation !== row.incarnation || tenant.phase === 'destroying') {
    return { kind: 'skipped', detail: DESTROYED };
  }
  const { desired, phase, health: record } = tenant;
  if (desired.revision !== row.to_revision) {
    const detail = `changed by another meanwhile (revision ${desired.revision} by ${desired.actor})`;
    return { kind: 'skipped', detail };
  }
  const { stopped, failed } = phases[phase];
  if (stopped || phase === 'stopping') return { kind: 'good' };
  if (failed) return { kind: 'failed', detail: tenant.operation.error?.message ?? 'it failed after its update' };
  if (!shown || shown.health === 'unknown') {
    return { kind: 'unsettled', detail: 'its health was not observed since its update' };
  }
  if (shown.health === 'unhealthy') {
    return { kind: 'failed', detail: `unhealthy: ${record?.message || record?.trouble || 'its health checks fail'}` };
  }
  if (record?.pending)
    return { kind: 'unsettled', detail: `it may be ${record.pending.health}: ${record.pending.message}` };
  return { kind: 'good' };
}
