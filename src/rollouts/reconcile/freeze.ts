import { hash } from 'node:crypto';
import { inParallel } from '../../compute/in-parallel.ts';
import { timestamp } from '../../tenants/clock.ts';
import type { Tenant } from '../../tenants/model/tenant.ts';
import { summarize } from '../../tenants/model/tenant-state.ts';
import { enter } from '../decide/advance.ts';
import { OutcomeList } from '../model/outcome-list.ts';
import { type Rollout, type Row, sizeOf } from '../model/rollout.ts';
import { waveEnds, waveIssues } from '../model/waves.ts';
import { examineChange } from '../plan/examine.ts';
import { pageKey } from '../store/rollout-store.ts';
import { isSelected, selectedTenants } from '../store/selected-tenants.ts';
import type { RolloutContext } from './context.ts';

/*
 * The selection is frozen step by step: 100,000 tenants are neither one item nor one moment. A step reads the next tenants,
 * writes a page of those that change and a page of those that do not, and then the rollout, which says how far it came. A
 * worker that crashes between the two is followed by one that writes the same pages again.
 *
 * Tenants that do not change come last, whatever their id. So the first wave is a real canary and not a tenant that happens
 * to have nothing to change.
 */

/** How many tenants a page has at most: some 10 KB, because a page is written again for each tenant that ends. */
const PAGE = 50;
/** How many tenants a step freezes. */
const STEP = 500;
const READS = 16;
/** The most tenants that a rollout changes. */
export const MAX_TENANTS = 100_000;

/** Freezes the next tenants. Returns the rollout to be written. */
export async function freezeStep(rollout: Rollout, context: RolloutContext): Promise<Rollout> {
  const { spec, selection, fence } = rollout;
  const ids: string[] = [];
  for await (const { tenant_id } of selectedTenants(context.tenantStore, spec.select, selection.after)) {
    ids.push(tenant_id);
    if (ids.length === STEP) break;
  }
  const isLast = ids.length < STEP;
  const read = await inParallel(ids, READS, async (id) => (await context.tenantStore.getTenant(id)).tenant);
  const tenants = read.filter(
    (tenant): tenant is Tenant => tenant !== undefined && isSelected(summarize(tenant), spec.select),
  );
  const changing: Row[] = [];
  const skipped: Row[] = [];
  for (const tenant of tenants) {
    const examined = await examineChange(tenant, spec.change);
    const { tenant_id, incarnation, desired } = tenant;
    const row = { tenant_id, incarnation, from_revision: desired.revision };
    if (examined.kind === 'skipped') skipped.push({ ...row, detail: examined.detail });
    else changing.push(row);
  }
  const write = async (kind: 'c' | 's', first: number, rows: Row[]) => {
    for (let at = 0; at < rows.length; at += PAGE) {
      const page = { start: first + at, rows: rows.slice(at, at + PAGE), fence };
      await context.store.putPage(spec.rollout_id, pageKey(kind, page.start), page);
    }
  };
  await write('c', selection.changing, changing);
  await write('s', selection.skipped, skipped);
  const grown = {
    frozen: isLast,
    after: isLast ? undefined : ids.at(-1),
    changing: selection.changing + changing.length,
    skipped: selection.skipped + skipped.length,
    digest: tenants.reduce(
      (digest, { tenant_id, desired }) => digestWith(digest, tenant_id, desired.revision),
      selection.digest,
    ),
  };
  const frozen = { ...rollout, selection: grown };
  return isLast ? begun(frozen, timestamp(context.clock)) : frozen;
}

/** Returns the rollout with its waves, ready to begin; ended where the tenants are no longer those of the plan. */
function begun(rollout: Rollout, now: string): Rollout {
  const { spec, selection, expected } = rollout;
  const total = sizeOf(rollout);
  const outcomes = OutcomeList.of([
    [selection.changing, 'pending'],
    [selection.skipped, 'skipped'],
  ]).toString();
  const ready = { ...rollout, ends: waveEnds(spec.waves, total), outcomes };
  const [issue] = waveIssues(spec.waves, total);
  if (expected !== undefined && expected !== selection.digest) {
    return enter(ready, 'aborted', 'the selected tenants changed after the plan: plan it again', now);
  }
  if (total > MAX_TENANTS) return enter(ready, 'aborted', tooMany(total), now);
  if (issue) return enter(ready, 'aborted', issue.message, now);
  if (ready.phase !== 'running') return ready;
  return enter(ready, 'running', `${total} ${total === 1 ? 'tenant is' : 'tenants are'} selected`, now);
}

export function tooMany(total: number): string {
  return `${total} tenants are selected, and a rollout changes at most ${MAX_TENANTS}; select fewer`;
}

/** Returns the digest of a selection with one more tenant. */
export function digestWith(digest: string, tenantId: string, revision: number): string {
  return hash('sha256', `${digest}\n${tenantId}@${revision}`, 'hex').slice(0, 32);
}
