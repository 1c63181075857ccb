import type { ComputeStatus } from '../../compute/results.ts';
import { addMs, CLOCK_TOLERANCE_MS } from '../clock.ts';
import type { HealthRecord, HealthState } from '../model/health.ts';

/*
 * How a look becomes health
 *
 * A look shows a moment. A container that crashes every minute is up in most of them, and one that restarts once is down in
 * one of them. So a look is compared with the record of those before it:
 *
 * - A change counts once it was found by at least two looks, and for `holdMs`. Until then it is `pending`: a tenant that
 *   flaps faster stays as it was, and nothing is announced.
 * - Growth of the restart count is remembered. Three restarts within ten minutes are a crash loop, whatever the present
 *   moment shows, and count at once: the restarts are the time that it held. The loop has ended when no restart came for
 *   three times the latest gap between two restarts, because providers pause longer before each one. That counts at once
 *   too. A smaller restart count is that of other containers, and begins anew.
 * - A first look, and one that finds a healthy tenant of which nothing was known, count at once: nothing changed.
 * - A provider that cannot be asked changes what is known, and not what was observed: health is unknown, and the time of the
 *   latest look stays.
 *
 * Times on record may be those of a clock that was ahead. Such a time counts as now, so a wrong clock delays a change by
 * one hold at most.
 */

/** The result of one look. */
export type Sight =
  | { kind: 'seen'; status: Pick<ComputeStatus, 'state' | 'health' | 'containers' | 'metadata'> }
  | { kind: 'missing' }
  | { kind: 'unreachable'; message: string };

export interface LookContext {
  /** When the look began. */
  now: string;
  /** How long a change has to hold before it counts. Milliseconds. */
  holdMs: number;
  /** The latest look at the tenant before this one, if it is not the one on record. */
  lookedAt?: string | undefined;
}

const LOOP_WINDOW_MS = 10 * 60_000;
const LOOP_RESTARTS = 3;
/** How many times the latest gap between two restarts has to pass without one. */
const QUIET_GAPS = 3;
const MAX_RESTARTS_KEPT = 10;
const MAX_MESSAGE = 1_000;

type Found = Omit<HealthState, 'since'>;

/** Returns the health record after a look; the very record that it was given where there is nothing to write. Pure. */
export function nextHealth(before: HealthRecord | undefined, sight: Sight, context: LookContext): HealthRecord {
  const { now } = context;
  const known = before && withoutFuture(before, now);
  const counted = countRestarts(known, sight, now);
  const found = stateIn(sight, isLooping(counted.restarts, context));
  const observed_at = sight.kind === 'unreachable' ? latestLook(known, context) : now;
  if (!known) {
    const first = { health: 'unknown', message: '', since: now, ...counted, changes: 0 } as const;
    return isTrouble(found) && found.trouble !== 'CrashLoop'
      ? { ...first, ...(observed_at && { observed_at }), pending: { ...found, since: now } }
      : countedAs(found, { ...first, observed_at }, now);
  }
  const record = { ...known, ...counted, observed_at };
  if (isSame(known, found)) {
    const isUnchanged =
      !known.pending && known.trouble === found.trouble && known.restart_count === counted.restart_count;
    if (isUnchanged) return known;
    const { pending: _, trouble: _trouble, ...rest } = record;
    return { ...rest, ...found };
  }
  if (countsAtOnce(known, found)) return countedAs(found, record, now);
  const pending = known.pending && isSame(known.pending, found) ? known.pending : { ...found, since: now };
  const isHeld = known.pending === pending && addMs(pending.since, context.holdMs) <= now;
  if (isHeld) return countedAs(found, record, pending.since);
  const isUnchanged = known.pending === pending && known.restart_count === counted.restart_count;
  return isUnchanged ? known : { ...record, pending };
}

/** Returns the health of a tenant whose new version was just seen to serve: what was known of the old one is void. */
export function healthOfNewVersion(before: HealthRecord | undefined, now: string): HealthRecord | undefined {
  if (!before) return undefined;
  const { changes, trouble } = before;
  const message = 'not looked at since its latest operation';
  return {
    health: 'unknown',
    message,
    since: now,
    restart_count: 0,
    restarts: [],
    changes: changes + (trouble ? 1 : 0),
  };
}

function isTrouble({ trouble }: Found): boolean {
  return trouble !== undefined;
}

/** Compares health, and whether there is trouble. The kind of trouble may differ. */
function isSame(one: Found, other: Found): boolean {
  return one.health === other.health && isTrouble(one) === isTrouble(other);
}

function countsAtOnce(known: HealthRecord, found: Found): boolean {
  if (found.trouble === 'CrashLoop') return true;
  if (known.trouble === 'CrashLoop') return !isTrouble(found);
  return !isTrouble(known) && !isTrouble(found);
}

function countedAs(found: Found, record: HealthRecord, since: string): HealthRecord {
  const { pending: _, trouble, ...rest } = record;
  const isChange = (trouble !== undefined) !== isTrouble(found);
  return { ...rest, ...found, since, changes: record.changes + (isChange ? 1 : 0) };
}

/** Returns what a look shows, of itself. */
function stateIn(sight: Sight, isLoop: boolean): Found {
  if (sight.kind === 'missing') {
    return { health: 'unhealthy', trouble: 'Missing', message: 'the provider holds nothing of the tenant' };
  }
  if (sight.kind === 'unreachable') {
    return { health: 'unknown', trouble: 'Unreachable', message: cut(sight.message) };
  }
  const { state, health } = sight.status;
  const unready = sight.status.containers.filter(({ ready }) => !ready);
  const reasons = unready.map(({ name, message, state: of }) => `container ${name}: ${message || `it is ${of}`}`);
  const words = cut(reasons.join('; ') || `the tenant is ${state}`);
  if (isLoop || sight.status.metadata.crash_loop === 'true') {
    return { health: 'unhealthy', trouble: 'CrashLoop', message: loopMessage(sight.status, reasons) };
  }
  if (health === 'unhealthy') return { health, trouble: 'Unhealthy', message: words };
  if (state === 'unknown') return { health: 'unknown', message: '' };
  if (state !== 'running') return { health: 'unhealthy', trouble: 'Unhealthy', message: words };
  return { health, message: '' };
}

function loopMessage({ containers }: Pick<ComputeStatus, 'containers'>, reasons: readonly string[]): string {
  const restarted = containers.filter(({ restart_count }) => restart_count > 0);
  const counts = restarted.map(({ name, restart_count }) => `container ${name} was restarted ${restart_count} times`);
  return cut([...counts, ...reasons].join('; ') || 'its containers end again and again');
}

/** Returns the restart count that a look shows, and the restarts that it adds. */
function countRestarts(
  known: HealthRecord | undefined,
  sight: Sight,
  now: string,
): Pick<HealthRecord, 'restart_count' | 'restarts'> {
  const { restart_count = 0, restarts = [] } = known ?? {};
  if (sight.kind !== 'seen') return { restart_count, restarts };
  const count = sight.status.containers.reduce((sum, container) => sum + container.restart_count, 0);
  if (!known || count < restart_count) return { restart_count: count, restarts: [] };
  if (count === restart_count) return { restart_count, restarts };
  const all = [...restarts, { at: now, by: count - restart_count }];
  return { restart_count: count, restarts: all.slice(-MAX_RESTARTS_KEPT) };
}

function isLooping(restarts: HealthRecord['restarts'], { now, holdMs }: LookContext): boolean {
  const recent = restarts.filter(({ at }) => addMs(at, LOOP_WINDOW_MS) > now);
  if (recent.reduce((sum, { by }) => sum + by, 0) < LOOP_RESTARTS) return false;
  const [last, previous] = [restarts.at(-1)?.at ?? now, restarts.at(-2)?.at];
  const gap = previous === undefined ? 0 : Date.parse(last) - Date.parse(previous);
  return addMs(last, Math.max(holdMs, QUIET_GAPS * gap)) > now;
}

function latestLook(known: HealthRecord | undefined, { lookedAt, now }: LookContext): string | undefined {
  const times = [known?.observed_at, lookedAt].filter((time) => time !== undefined && time <= now);
  return times.sort().at(-1);
}

/** Returns the record with times that a wrong clock put into the future moved to now. */
function withoutFuture(record: HealthRecord, now: string): HealthRecord {
  const limit = addMs(now, CLOCK_TOLERANCE_MS);
  const past = (time: string) => (time > limit ? now : time);
  const { pending, restarts, since, observed_at } = record;
  const times = [since, observed_at ?? '', pending?.since ?? '', ...restarts.map(({ at }) => at)];
  if (times.every((time) => time <= limit)) return record;
  return {
    ...record,
    since: past(since),
    ...(observed_at && { observed_at: past(observed_at) }),
    restarts: restarts.map(({ at, by }) => ({ at: past(at), by })),
    ...(pending && { pending: { ...pending, since: past(pending.since) } }),
  };
}

function cut(text: string): string {
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 1).toWellFormed()}…` : text;
}
