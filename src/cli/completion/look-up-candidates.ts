import type { Client } from '../../client/client.ts';
import type { ActivityFilters, Health, Phase, TenantSummary } from '../../client/types.ts';
import type { Candidates } from '../command.ts';
import { readContexts } from '../contexts.ts';
import { outputFormats, type Session } from '../session.ts';
import { ago } from '../terminal/ago.ts';
import type { Candidate } from './find-completions.ts';

/** Longest time that a completion waits for the control plane. Milliseconds. */
const TIMEOUT_MS = 1000;
const MOST = 100;

type State = NonNullable<ActivityFilters['state']>;

/** All phases of the interface; a missing one does not compile. */
const phases: Record<Phase, true> = {
  provisioning: true,
  ready: true,
  updating: true,
  stopping: true,
  stopped: true,
  starting: true,
  destroying: true,
  destroyed: true,
  failed: true,
};

/** All states of health and of operations, checked in the same way. */
const healths: Record<Health, true> = { healthy: true, unhealthy: true, unknown: true };
const states: Record<State, true> = { running: true, succeeded: true, failed: true, cancelled: true };

const fixed: Partial<Record<Candidates, readonly string[]>> = {
  shells: ['bash', 'zsh', 'fish'],
  formats: outputFormats,
  healths: Object.keys(healths),
  phases: Object.keys(phases),
  states: Object.keys(states),
};

/**
 * Looks candidates up. `given` are the arguments so far, and `last` is the word to complete. Rejects if the control plane
 * does not answer, to the first attempt and soon.
 */
export async function lookUpCandidates(
  session: Session,
  what: Candidates,
  given: readonly string[],
  last: string,
): Promise<Candidate[]> {
  const words = fixed[what];
  if (words) return words.map((word) => ({ word }));
  const { environment, now } = session.host;
  if (what === 'contexts') {
    const { contexts } = await readContexts(environment.configFile);
    return Object.entries(contexts).map(([word, { endpoint }]) => ({ word, about: endpoint }));
  }
  const client = await session.connect({ maxAttempts: 1 });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const [tenant] = given;
  switch (what) {
    case 'providers':
      return (await client.listProviders({ signal })).data.providers.map((word) => ({ word }));
    case 'containers':
      return tenant === undefined ? [] : containersOf(client, tenant, signal);
    case 'revisions':
      return tenant === undefined ? [] : revisionsOf(client, tenant, now(), signal);
    case 'labels':
      return labelsAmong(await tenantsOf(client, signal), last);
    default: {
      const tenants = (await tenantsOf(client, signal)).filter(({ tenant_id }) => !given.includes(tenant_id));
      return tenants.map(({ tenant_id, phase, provider_type }) => ({
        word: tenant_id,
        about: `${phase} on ${provider_type}`,
      }));
    }
  }
}

async function tenantsOf(client: Client, signal: AbortSignal): Promise<TenantSummary[]> {
  return (await client.listTenants({ limit: MOST, signal })).data.tenants;
}

async function containersOf(client: Client, tenant: string, signal: AbortSignal): Promise<Candidate[]> {
  const { spec } = (await client.getTenant(tenant, { signal })).data;
  return spec.containers.map(({ name, image }) => ({ word: name, about: image }));
}

async function revisionsOf(client: Client, tenant: string, now: number, signal: AbortSignal): Promise<Candidate[]> {
  const { revisions } = (await client.listRevisions(tenant, { limit: MOST, signal })).data;
  return revisions.map(({ revision, created_at, actor }) => ({
    word: String(revision),
    about: `${ago(created_at, now)} ago by ${actor}`,
  }));
}

/** Returns keys with their `=`, and after one its values. What stands before a comma is kept. */
function labelsAmong(tenants: readonly TenantSummary[], last: string): Candidate[] {
  const kept = last.slice(0, last.lastIndexOf(',') + 1);
  const [key, value] = last.slice(kept.length).split(/==?(.*)/s);
  const counts = new Map<string, number>();
  for (const { labels } of tenants) {
    for (const [name, content] of Object.entries(labels)) {
      if (value !== undefined && name !== key) continue;
      const word = value === undefined ? `${kept}${name}=` : `${kept}${name}=${content}`;
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([word, count]) => ({ word, about: count === 1 ? '1 tenant' : `${count} tenants` }));
}
