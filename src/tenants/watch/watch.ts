import { messageOf, PlaceChangedError, ThrottledError } from '../../compute/errors.ts';
import { inParallel } from '../../compute/in-parallel.ts';
import type { Logger } from '../../compute/logger.ts';
import type { CallOptions, Manager } from '../../compute/manager.ts';
import { placeDigest } from '../../compute/place/place.ts';
import type { Glance } from '../../compute/provider.ts';
import { addMs, CLOCK_TOLERANCE_MS, type Clock, timestamp } from '../clock.ts';
import { conditionsOf } from '../model/conditions.ts';
import type { IndexedSummary } from '../model/summary.ts';
import type { Tenant } from '../model/tenant.ts';
import { isWatched, summarize } from '../model/tenant-state.ts';
import { checkPlace, presentPlace } from '../place/check-place.ts';
import type { RateLimiter } from '../rate/rate-limiter.ts';
import { observe } from '../reconcile/attempt.ts';
import { boundedCall } from '../reconcile/bounded-call.ts';
import type { Store } from '../store/store.ts';
import { ConditionFailedError } from '../store/table.ts';
import { nextHealth, type Sight } from './next-health.ts';

/*
 * Who looks at the health of tenants
 *
 * A glance (`Provider.glance`) looks at many tenants in one call. Where it shows that a tenant whose health is settled is as
 * before, that is all: nothing more is read, and nothing is written. Any other tenant gets a closer look, which reads its
 * status. `nextHealth` decides what follows from it, and a change is written into the tenant's item, from which its
 * announcement derives.
 *
 * A look only writes health. It calls nothing that changes a tenant: a supervisor, an engine or ECS restarts containers by
 * itself, and the inventory brings back what was lost. The races:
 *
 * - The tenant changes while it is looked at: it is stopped, destroyed or updated. Its item is read after the look, and
 *   where it was written since the look began, or nothing of it should run any more, the look does not count.
 * - Another writer is first: the item is read again, and the same rule holds. A worker that holds the lease of the tenant
 *   takes over what the look wrote, as it does with any other writer (reconcile/lease.ts).
 * - Several hosts look at the same time: their records follow each other, and equal states write nothing.
 */

export interface WatchOptions {
  store: Store;
  manager: Manager;
  rateLimiter: RateLimiter;
  clock: Clock;
  logger: Logger;
  /** How long a change has to hold before it counts. Milliseconds; default 20,000. */
  holdMs?: number | undefined;
  /** How long one call of a provider may take. Milliseconds; default 20,000. */
  callMs?: number | undefined;
}

export interface WatchCall {
  signal?: AbortSignal | undefined;
  /** When a round last looked at all tenants. */
  lookedAt?: string | undefined;
}

/** What a look at one tenant led to. */
export interface Looked {
  tenant_id: string;
  /**
   * Its health. Without `watched`, nothing of it should run any more. Absent where the look does not count: it could not
   * be made, or the tenant changed meanwhile.
   */
  tenant?: Pick<IndexedSummary, 'health' | 'watched'> | undefined;
}

/** The backend accepts no more looks at present. */
export class LooksLimitedError extends Error {}

const CLOSER_LOOKS_AT_ONCE = 8;
/**
 * How long a look waits for its slot. Without a wait, the glances of a backend that takes one call a second would leave no
 * slot for closer looks. Milliseconds.
 */
const SLOT_WAIT_MS = 10_000;
const WRITE_TRIES = 3;
const component = 'watch';

/** Looks at tenants and records their health. */
export class Watch {
  readonly #options: WatchOptions;
  readonly holdMs: number;
  readonly clock: Clock;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.holdMs = options.holdMs ?? 20_000;
    this.clock = options.clock;
  }

  /** Looks at a tenant at once, as after an event of its backend. A failure is logged: the next round looks again. */
  async lookAtOne(tenant: Tenant, signal?: AbortSignal): Promise<void> {
    if (!isWatched(tenant)) return;
    try {
      await this.lookAt(tenant.provider_type, [summarize(tenant)], { signal });
    } catch (error) {
      const { tenant_id, provider_type: provider } = tenant;
      this.#options.logger.warn('look failed', { component, tenant_id, provider, error: messageOf(error) });
    }
  }

  /**
   * Looks at tenants of one provider, as many as one of its glances takes. Returns the result for each. Throws
   * `LooksLimitedError` or `ThrottledError` where the backend takes no more calls, and the signal's reason.
   */
  async lookAt(provider: string, tenants: readonly IndexedSummary[], call: WatchCall = {}): Promise<Looked[]> {
    const begunAt = timestamp(this.clock);
    const present = await presentPlace(this.#options.manager, provider);
    const here = present && placeDigest(present);
    const glances = await this.#glance(provider, tenants, call.signal);
    const isLimited = (error: unknown) => error instanceof ThrottledError || error instanceof LooksLimitedError;
    let limit: unknown;
    const looked = await inParallel(tenants, CLOSER_LOOKS_AT_ONCE, async (summary): Promise<Looked> => {
      const { tenant_id, watched } = summary;
      const isElsewhere = here !== undefined && summary.place !== undefined && summary.place !== here;
      if (limit) return { tenant_id };
      try {
        if (isElsewhere) await this.#requirePlace(tenant_id);
        if (glances instanceof Error) {
          if (watched === 'unreachable') return { tenant_id, tenant: summary };
          return await this.#record(summary, { kind: 'unreachable', message: glances.message }, begunAt, call);
        }
        const glance = glances?.get(tenant_id);
        if (!isElsewhere && isUnchanged(summary, glance)) return { tenant_id, tenant: summary };
        return await this.#record(summary, await this.#lookCloser(provider, tenant_id, call.signal), begunAt, call);
      } catch (error) {
        call.signal?.throwIfAborted();
        if (isLimited(error)) limit = error;
        else if (!(error instanceof PlaceChangedError)) {
          this.#options.logger.warn('look failed', { component, tenant_id, provider, error: messageOf(error) });
        }
        return { tenant_id };
      }
    });
    if (limit) throw limit;
    return looked;
  }

  /**
   * Returns the glances by tenant, or why the provider could not be asked. Returns undefined where the provider has none, or
   * where each tenant needs a closer look anyway.
   */
  async #glance(
    provider: string,
    tenants: readonly IndexedSummary[],
    signal: AbortSignal | undefined,
  ): Promise<Map<string, Glance> | Error | undefined> {
    const { manager } = this.#options;
    const isOfUse = tenants.some(({ watched }) => watched === 'settled' || watched === 'unreachable');
    if (!isOfUse || manager.glanceLimitOf(provider) === 0) return undefined;
    const ids = tenants.map(({ tenant_id }) => tenant_id);
    const found = await this.#call(provider, signal, (call) => manager.glanceAt(ids, provider, call));
    return found instanceof Error ? found : new Map(found.map((glance) => [glance.tenant_id, glance]));
  }

  async #lookCloser(provider: string, tenant_id: string, signal: AbortSignal | undefined): Promise<Sight> {
    const about = { tenant_id, provider_type: provider };
    const status = await this.#call(provider, signal, (call) => observe(this.#options.manager, about, call));
    if (status instanceof Error) return { kind: 'unreachable', message: status.message };
    return status ? { kind: 'seen', status } : { kind: 'missing' };
  }

  /** Makes one call, which counts as a look against the rate limit. Returns the error of a provider that fails. */
  async #call<T>(
    provider: string,
    signal: AbortSignal | undefined,
    make: (call: CallOptions) => Promise<T>,
  ): Promise<T | Error> {
    const { manager, rateLimiter, clock, callMs = 20_000 } = this.#options;
    const backend = manager.backendOf(provider);
    const slot = await rateLimiter.slotWithin(backend, 'look', SLOT_WAIT_MS);
    if (!slot) throw new LooksLimitedError(`${provider} accepts no more calls at present`);
    // No slot is granted further ahead: a longer wait is that of a clock that has stepped back.
    const wait = Math.min(slot.at - clock.now(), SLOT_WAIT_MS);
    if (wait > 0) await clock.sleep(wait, signal);
    const bounds = { clock, limit: callMs, signal: signal ?? new AbortController().signal };
    try {
      return await boundedCall((at) => make({ signal: at, patience: 0 }), bounds);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ThrottledError) {
        await rateLimiter.reportThrottled(backend, 'look', slot);
        throw error;
      }
      return error instanceof Error ? error : new Error(messageOf(error));
    }
  }

  /** Throws `PlaceChangedError` where the provider's settings lead to another place than the tenant's. */
  async #requirePlace(tenantId: string): Promise<void> {
    const { store, manager } = this.#options;
    const { tenant } = await store.getTenant(tenantId);
    if (tenant) await checkPlace(manager, tenant);
  }

  /** Writes what follows from a look, if anything does. */
  async #record(
    { tenant_id, provider_type }: IndexedSummary,
    sight: Sight,
    begunAt: string,
    { lookedAt }: WatchCall,
  ): Promise<Looked> {
    const { store, logger } = this.#options;
    for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
      const { tenant, version } = await store.getTenant(tenant_id);
      const isLeft = !tenant || tenant.provider_type !== provider_type || !isWatched(tenant);
      if (isLeft) return { tenant_id, tenant: { health: 'unknown' } };
      const isChanged = tenant.updated_at > begunAt && tenant.updated_at <= addMs(begunAt, CLOCK_TOLERANCE_MS);
      if (isChanged) return { tenant_id };
      const context = { now: begunAt, holdMs: this.holdMs, lookedAt: tenant.health && lookedAt };
      const health = nextHealth(tenant.health, sight, context);
      if (health === tenant.health) return { tenant_id, tenant: summarize(tenant) };
      const next: Tenant = { ...tenant, health };
      const written = { ...next, conditions: conditionsOf(next, begunAt) };
      try {
        await store.putTenant(written, version);
        if (health.trouble !== tenant.health?.trouble) {
          const { trouble, message } = health;
          const facts = { component, tenant_id, provider: provider_type, trouble, detail: message };
          logger[trouble ? 'warn' : 'info'](trouble ? 'tenant degraded' : 'tenant no longer degraded', facts);
        }
        return { tenant_id, tenant: summarize(written) };
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
      }
    }
    return { tenant_id };
  }
}

/** Returns true where a glance shows that a tenant whose health is settled is as before. */
function isUnchanged({ watched, restart_count }: IndexedSummary, glance: Glance | undefined): boolean {
  return watched === 'settled' && glance?.is_well === true && (glance.restart_count ?? restart_count) === restart_count;
}
