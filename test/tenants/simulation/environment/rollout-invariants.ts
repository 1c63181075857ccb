import type { Rollout, Row } from '../../../../src/rollouts/model/rollout.ts';
import type { Tenant } from '../../../../src/tenants/model/tenant.ts';
import { isOver, lifeOf, type Made, outcomesOf } from './rollout-ledger.ts';
import type { Simulation } from './simulation.ts';

/** What happened to a tenant of a rollout, by the writes that were observed. */
interface Truth {
  /** The revision that the rollout made, and the one that brought it back. */
  made?: Made | undefined;
  undone?: Made | undefined;
  /** The rollout made the latest revision, and the tenant lives. */
  isLast: boolean;
  /** Returns true where the operation of a revision succeeded. */
  succeeded(revision: Made): boolean;
  /** Returns true also where its version served, such as after the operation had timed out. */
  cameUp(revision: Made): boolean;
}

/** Inspects the rollouts of a simulation at rest: their rows and outcomes against what became of the tenants. */
export function inspectRollouts(simulation: Simulation, tenants: readonly Tenant[]): void {
  const { ledger } = simulation;
  for (const [id, rollout] of ledger.rolloutLedger.latest) {
    const { phase, in_flight, next_at, lease } = rollout;
    if (in_flight.length > 0 || next_at !== undefined || lease !== undefined) {
      ledger.record('unfinished', `rollout ${id} is ${phase}, with ${in_flight.length} in flight, due ${next_at}`);
    }
    if (!rollout.selection.frozen) continue;
    const rows = rowsOf(simulation, id);
    const outcomes = outcomesOf(rollout);
    const ids = new Set(rows.map(({ tenant_id }) => tenant_id));
    if (rows.length !== outcomes.length || ids.size !== rows.length) {
      ledger.record('no_outcome', `${id} has ${rows.length} rows of ${ids.size} tenants, ${outcomes.length} outcomes`);
    }
    for (const [position, row] of rows.entries()) {
      const wrong = inspectRow(rollout, row, outcomes[position] ?? '', truthOf(simulation, rollout, row, tenants));
      if (wrong) ledger.record(wrong.kind, `${row.tenant_id} of ${id}, which is ${phase}: ${wrong.about}`);
    }
  }
  inspectTurns(simulation);
}

function rowsOf({ items }: Simulation, id: string): Row[] {
  const pages = [...items.values()].filter(({ pk }) => pk === `rows#${id}`).sort((a, b) => (a.sk < b.sk ? -1 : 1));
  return pages.flatMap(({ data }) => JSON.parse(data).rows as Row[]);
}

function truthOf({ ledger }: Simulation, { spec }: Rollout, row: Row, tenants: readonly Tenant[]): Truth {
  const life = lifeOf(row);
  const revisions = ledger.rolloutLedger.lives.get(life) ?? [];
  const own = revisions.filter(({ rollout }) => rollout === spec.rollout_id);
  const tenant = tenants.find(({ tenant_id }) => tenant_id === row.tenant_id);
  const isAlive = tenant?.incarnation === row.incarnation && !['destroying', 'destroyed'].includes(tenant.phase);
  const succeeded = ({ operation_id }: Made) => ledger.ended.get(operation_id)?.state === 'succeeded';
  return {
    succeeded,
    made: own.find(({ undoes }) => !undoes),
    undone: own.find(({ undoes }) => undoes),
    isLast: isAlive && revisions.at(-1)?.rollout === spec.rollout_id,
    cameUp: (one) => succeeded(one) || ledger.rolloutLedger.served.has(`${life} ${one.revision}`),
  };
}

interface Wrong {
  kind: 'no_outcome' | 'miscounted' | 'not_restored';
  about: string;
}

/** Returns what is wrong with the outcome of a tenant. */
function inspectRow(rollout: Rollout, row: Row, outcome: string, truth: Truth): Wrong | undefined {
  const { made, undone, isLast, succeeded, cameUp } = truth;
  const { phase } = rollout;
  const { detail = '' } = row;
  if (outcome === 'u' || (outcome === 'p' && isOver(phase))) return { kind: 'no_outcome', about: `it is '${outcome}'` };
  if (phase === 'undone' && made && isLast && !undone) return { kind: 'not_restored', about: 'it was left changed' };
  const contradictions: Record<string, boolean> = {
    p: made !== undefined,
    s: !made || undone !== undefined || !cameUp(made) || row.to_revision !== made.revision,
    f: detail === '' || (made !== undefined && succeeded(made) && !/health|may be|fail/.test(detail)),
    k: made !== undefined && isLast && succeeded(undone ?? made) && !detail.startsWith('skipped by'),
    d: !undone || !cameUp(undone),
    x: detail === '',
  };
  if (contradictions[outcome] === false) return undefined;
  const changes = `changed: ${made?.revision ?? 'never'}, brought back: ${undone?.revision ?? 'never'}`;
  return { kind: 'miscounted', about: `it counts as '${outcome}' (${detail}); ${changes}` };
}

/** Each turn of a rollout was announced, under an id of its own. */
function inspectTurns({ ledger, announced }: Simulation): void {
  const told = new Map(
    announced
      .filter(({ detail_type }) => detail_type.startsWith('Rollout '))
      .map(({ detail_type, detail }) => [detail.metadata.event_id, detail_type]),
  );
  for (const [id, type] of ledger.rolloutLedger.turns) {
    if (told.get(id) !== type) ledger.record('unannounced', `${id} is ${type}, and ${told.get(id)} was announced`);
  }
  for (const [id, type] of told) {
    if (!ledger.rolloutLedger.turns.has(id))
      ledger.record('unannounced', `${type} was announced as ${id}, and is no turn`);
  }
}
