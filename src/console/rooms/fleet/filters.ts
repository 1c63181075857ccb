import { STATES, stateOf } from '../../tenants/state.ts';
import type { Row } from './row.ts';

/** What the fleet is narrowed to. It is in the address of the page, so that a link shows the same list. */
export interface Filters {
  search: string;
  state: string;
  phase: string;
  provider: string;
}

const NAMES = { search: 'q', state: 'state', phase: 'phase', provider: 'provider' } as const;
const KEYS = Object.keys(NAMES) as (keyof Filters)[];

export function readFilters(query: Readonly<Record<string, string>>): Filters {
  const read = (key: keyof Filters) => query[NAMES[key]] ?? '';
  return { search: read('search'), state: read('state'), phase: read('phase'), provider: read('provider') };
}

/** Returns the address of the fleet with these filters. */
export function fleetPath(filters: Filters): string {
  const given = KEYS.filter((key) => filters[key] !== '').map((key) => [NAMES[key], filters[key]] as const);
  const query = new URLSearchParams(Object.fromEntries(given)).toString();
  return query === '' ? '/console/' : `/console/?${query}`;
}

/** Returns the rows that match. The search looks for its words in the id, the reason and the provider. */
export function filterRows(rows: Iterable<Row>, { search, state, phase, provider }: Filters): Row[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return [...rows].filter((row) => {
    if (state !== '' && stateOf(row) !== state) return false;
    if (phase !== '' && row.phase !== phase) return false;
    if (provider !== '' && row.provider_type !== provider) return false;
    if (words.length === 0) return true;
    const text = `${row.tenant_id} ${row.reason} ${row.provider_type}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export interface Count {
  value: string;
  count: number;
}

export interface Counts {
  total: number;
  /** Every state, also those that no tenant is in. */
  states: readonly Count[];
  phases: readonly Count[];
  providers: readonly Count[];
}

export function countRows(rows: Iterable<Row>): Counts {
  const all = [...rows];
  const states = new Map<string, number>(STATES.map((state) => [state, 0]));
  const phases = new Map<string, number>();
  const providers = new Map<string, number>();
  const add = (counts: Map<string, number>, value: string) => counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const row of all) {
    add(states, stateOf(row));
    add(phases, row.phase);
    add(providers, row.provider_type);
  }
  return { total: all.length, states: toCounts(states), phases: byName(phases), providers: byName(providers) };
}

function toCounts(counts: ReadonlyMap<string, number>): Count[] {
  return [...counts].map(([value, count]) => ({ value, count }));
}

function byName(counts: ReadonlyMap<string, number>): Count[] {
  return toCounts(counts).sort((one, other) => (one.value < other.value ? -1 : 1));
}
