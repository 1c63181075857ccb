import type { Table } from '../store/table.ts';

/**
 * The rounds of looks at all tenants of one provider, as the table keeps them: one item for each provider, so that looks
 * that find no change write nothing about their tenants. See shown-health.ts for how reads combine the two.
 */
export interface Round {
  /** When the next round is due, and how far ahead that was when it was written. Epoch milliseconds, and milliseconds. */
  next_at: number;
  pause_ms: number;
  /** How often rounds begin. Milliseconds. */
  every_ms: number;
  /** When the latest complete round began: each tenant was looked at since then. */
  at?: string | undefined;
  /** Tenants at which that round could not look, or whose change it could not record. */
  excluded?: readonly string[] | undefined;
  /** The round in progress: when it began, the last tenant that it reached, and what it found so far. */
  current?: RoundProgress | undefined;
}

export interface RoundProgress {
  begun_at: string;
  after?: string | undefined;
  excluded: string[];
  counts: RoundCounts;
}

export interface RoundCounts {
  /** Tenants of which something should run. */
  watched: number;
  unhealthy: number;
  /** Tenants whose health is not known because their provider could not be asked. */
  unreachable: number;
}

/** A round that could not look at more tenants than this counts as incomplete. */
export const MOST_EXCLUDED = 100;

/** Returns the record of a provider's rounds, and its version: 0 where there is none. */
export async function readRound(
  table: Table,
  provider: string,
): Promise<{ round: Round | undefined; version: number }> {
  const { pk, sk } = keysOf(provider);
  const item = await table.get(pk, sk);
  return { round: item && (JSON.parse(item.data) as Round), version: item?.version ?? 0 };
}

/** Writes the record if it still has that version. Returns the next one, or throws `ConditionFailedError`. */
export async function writeRound(table: Table, provider: string, round: Round, version: number): Promise<number> {
  const item = { ...keysOf(provider), data: JSON.stringify(round), version: version + 1 };
  await table.put(item, version === 0 ? 'absent' : version);
  return item.version;
}

function keysOf(provider: string): { pk: string; sk: string } {
  return { pk: 'meta', sk: `watch#${provider}` };
}
