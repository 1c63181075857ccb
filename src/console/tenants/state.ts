import type { Endpoint, Health, Phase, Tenant } from '../api/types.ts';
import { visibleText } from '../logs/visible-text.ts';

const CHANGING: ReadonlySet<Phase> = new Set(['provisioning', 'updating', 'starting', 'stopping', 'destroying']);
const STOPPED: ReadonlySet<Phase> = new Set(['stopped', 'destroyed']);

/** In the order of lists: what needs a person first. */
export const STATES = ['failing', 'changing', 'unknown', 'healthy', 'stopped'] as const;

export type State = (typeof STATES)[number];

/** What the state of a tenant depends on. */
export interface Standing {
  phase: Phase;
  health: Health;
  /** Why, in one word in CamelCase. Empty where there is nothing to say. */
  reason: string;
}

/** Returns the state of a tenant. What was observed counts for more than how the last change ended. */
export function stateOf({ phase, health }: Omit<Standing, 'reason'>): State {
  if (phase === 'failed') return 'failing';
  if (STOPPED.has(phase)) return 'stopped';
  if (health === 'unhealthy') return 'failing';
  return CHANGING.has(phase) ? 'changing' : health;
}

/** True while a change is under way, whatever the state is. */
export function isChanging({ phase }: Pick<Standing, 'phase'>): boolean {
  return CHANGING.has(phase);
}

/** Returns the words beside the mark: `CrashLoop`, `updating`, `healthy`. */
export function wordsOf({ phase, health, reason }: Standing): string {
  const state = stateOf({ phase, health });
  if (state === 'failing') return visibleText(reason) || (phase === 'failed' ? 'failed' : health);
  if (state === 'changing' || state === 'stopped') return phase;
  return state === 'unknown' ? 'not observed' : state;
}

/** Returns why a tenant is as it is, from its conditions, as the list of tenants does. */
export function reasonOf({ conditions }: Pick<Tenant, 'conditions'>): string {
  const degraded = conditions.find(({ type, status }) => type === 'Degraded' && status);
  return (degraded ?? conditions.find(({ type }) => type === 'Ready'))?.reason ?? '';
}

/** Returns the addresses to open: those that survive updates, or all where none does. */
export function openableUrls(endpoints: readonly Endpoint[]): string[] {
  const openable = endpoints.flatMap(({ url, stable }) => (url && /^https?:\/\//.test(url) ? [{ url, stable }] : []));
  const stable = openable.filter((endpoint) => endpoint.stable);
  return (stable.length > 0 ? stable : openable).map(({ url }) => url);
}
