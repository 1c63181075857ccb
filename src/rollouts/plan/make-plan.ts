import { inParallel } from '../../compute/in-parallel.ts';
import type { Manager } from '../../compute/manager.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { changesBetween } from '../../tenants/decide/make-plan.ts';
import type { Effect, PlannedChange } from '../../tenants/decide/plan.ts';
import { phases } from '../../tenants/model/phases.ts';
import type { Tenant } from '../../tenants/model/tenant.ts';
import type { Store } from '../../tenants/store/store.ts';
import type { RolloutSpec } from '../model/rollout.ts';
import { waveEnds } from '../model/waves.ts';
import { examineWithProvider } from './examine.ts';
import type { Selected } from './select-tenants.ts';

export interface FleetChange {
  /** Into the specification, with containers by name. */
  pointer: string;
  effect: Effect;
  tenants: number;
}

export interface Refused {
  tenant_id: string;
  code: string;
  detail: string;
}

export interface FleetPlan {
  tenants: number;
  unchanged: number;
  waves: { name: string; tenants: number }[];
  changes: FleetChange[];
  refused: Refused[];
  at_best_seconds: number;
  warnings: string[];
}

export interface PlanContext {
  manager: Manager;
  store: Store;
  signal?: AbortSignal | undefined;
  /** Returns true when the time is nearly over: the rest of the tenants is not examined. */
  isLate: () => boolean;
}

const EXAMINED_AT_ONCE = 16;
const MAX_REFUSED = 100;
const NAMES_SHOWN = 5;

/** Returns what a rollout would do to the tenants as they are now. Writes nothing, and changes nothing at a provider. */
export async function planRollout(spec: RolloutSpec, { tenants }: Selected, context: PlanContext): Promise<FleetPlan> {
  const tally = new PlanTally();
  await inParallel(tenants, EXAMINED_AT_ONCE, async ({ tenant_id }) => {
    if (context.isLate()) return;
    const { tenant } = await context.store.getTenant(tenant_id);
    if (tenant) await examineTenant(tenant, spec, context, tally);
  });
  const ends = waveEnds(spec.waves, tenants.length);
  const waves = spec.waves.map(({ name }, index) => ({ name, tenants: (ends[index] ?? 0) - (ends[index - 1] ?? 0) }));
  return {
    tenants: tenants.length,
    unchanged: tally.unchanged,
    waves,
    changes: [...tally.changes.values()].sort((a, b) => (a.pointer < b.pointer ? -1 : 1)),
    refused: tally.refused.sort((a, b) => (a.tenant_id < b.tenant_id ? -1 : 1)).slice(0, MAX_REFUSED),
    at_best_seconds: Math.ceil(atBest(spec, waves, tally.durations)),
    warnings: [...lateWarning(tally.examined, tenants.length), ...stateWarnings(tenants), ...tally.warnings()],
  };
}

async function examineTenant(
  tenant: Tenant,
  { change }: RolloutSpec,
  { manager, signal }: PlanContext,
  tally: PlanTally,
): Promise<void> {
  const { tenant_id, desired, operation } = tenant;
  const examined = await examineWithProvider(tenant, change, { manager, signal });
  tally.examined += 1;
  if (examined.kind === 'refused') {
    tally.refused.push({ tenant_id, code: examined.code, detail: examined.detail });
  } else if (examined.kind === 'skipped') {
    if (examined.why === 'unchanged') tally.unchanged += 1;
    else tally.note(`would be skipped: ${examined.detail}`, tenant_id);
  } else {
    const fingerprintsOf = (one: TenantComputeSpec) => manager.fingerprintsOf(one);
    const changes = await changesBetween(desired.spec, examined.spec, fingerprintsOf);
    for (const one of changes) tally.count(one, examined.spec, desired.spec);
    for (const warning of examined.warnings ?? []) tally.note(warning, tenant_id);
    if (operation.ended_at) tally.durations.push(Date.parse(operation.ended_at) - Date.parse(operation.requested_at));
  }
}

/** What the examination of tenants found so far. */
class PlanTally {
  examined = 0;
  unchanged = 0;
  readonly refused: Refused[] = [];
  readonly durations: number[] = [];
  readonly changes = new Map<string, FleetChange>();
  readonly #notes = new Map<string, string[]>();

  count({ pointer, effect }: PlannedChange, after: TenantComputeSpec, before: TenantComputeSpec): void {
    const named = withName(pointer, after) ?? withName(pointer, before) ?? pointer;
    const key = `${named} ${effect}`;
    const known = this.changes.get(key) ?? { pointer: named, effect, tenants: 0 };
    this.changes.set(key, { ...known, tenants: known.tenants + 1 });
  }

  note(text: string, tenantId: string): void {
    this.#notes.set(text, [...(this.#notes.get(text) ?? []), tenantId]);
  }

  warnings(): string[] {
    return [...this.#notes].map(([text, ids]) => `${text} (${naming(ids)})`).sort();
  }
}

/** Containers have other positions in other tenants, so a pointer of a fleet has their names. */
function withName(pointer: string, { containers }: TenantComputeSpec): string | undefined {
  const [, field, index, ...rest] = pointer.split('/');
  const name = field === 'containers' && index !== undefined ? containers[Number(index)]?.name : undefined;
  return name === undefined ? undefined : ['', 'containers', name, ...rest].join('/');
}

/** Returns the bakes, and the rounds of tenants in flight at the median duration of their latest operations. */
function atBest(spec: RolloutSpec, waves: readonly { tenants: number }[], durations: number[]): number {
  const sorted = durations.sort((a, b) => a - b);
  const median = (sorted[Math.floor(sorted.length / 2)] ?? 0) / 1000;
  return waves.reduce((sum, { tenants }, index) => {
    if (tenants === 0) return sum;
    return sum + Math.ceil(tenants / spec.max_in_flight) * median + (spec.waves[index]?.bake_seconds ?? 0);
  }, 0);
}

function lateWarning(examined: number, total: number): string[] {
  if (examined === total) return [];
  return [`only ${examined} of ${total} tenants could be examined in time; the others are examined at their turn`];
}

/** Says which tenants are not well before anything begins. */
function stateWarnings(tenants: Selected['tenants']): string[] {
  const those = (text: string, wanted: (tenant: Selected['tenants'][number]) => boolean) => {
    const ids = tenants.filter(wanted).map(({ tenant_id }) => tenant_id);
    return ids.length > 0 ? [`${text} (${naming(ids)})`] : [];
  };
  return [
    ...those('already failed before the rollout', ({ phase }) => phases[phase].failed),
    ...those(
      'already unhealthy before the rollout',
      ({ phase, health }) => !phases[phase].failed && health === 'unhealthy',
    ),
    ...those('stopped: what changes comes up at the next start', ({ phase }) => phases[phase].stopped),
  ];
}

function naming(ids: readonly string[]): string {
  const more = ids.length - NAMES_SHOWN;
  const shown = [...ids].sort().slice(0, NAMES_SHOWN).join(', ');
  return `${ids.length} ${ids.length === 1 ? 'tenant' : 'tenants'}: ${shown}${more > 0 ? `, and ${more} more` : ''}`;
}
