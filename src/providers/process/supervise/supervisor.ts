import { messageOf } from '../../../compute/errors.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { TenantRecord } from '../records/records.ts';
import { reconcile } from './reconcile.ts';

/** How often the folder is searched for tenants that others provisioned. */
const DISCOVER_MS = 1000;
const RETRY_MS = 5000;

/**
 * Looks at tenants in the background: all of them once started, and before that those whose start or update outlasts
 * the call that asked for it. All it has of a tenant is a timer, and none of them keeps the host from ending.
 */
export class Supervisor {
  readonly #site: ProviderContext;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #looking = new Map<string, Promise<void>>();
  readonly #heardMeanwhile = new Set<string>();
  readonly #failing = new Set<string>();
  #discovery: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(site: ProviderContext) {
    this.#site = site;
    site.news.on('tenant', this.#onNews);
  }

  /** Supervises every tenant from now on. */
  async start(): Promise<void> {
    if (this.#discovery) return;
    this.#discovery = setInterval(() => void this.#discover(), DISCOVER_MS).unref();
    await this.#discover();
  }

  /** Supervises one tenant, if not all are, until nothing is under way with it. */
  tend(tenantId: string): void {
    this.#schedule(tenantId, 0);
  }

  /** Looks at nothing more. Returns when the last look is over. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#site.news.off('tenant', this.#onNews);
    clearInterval(this.#discovery);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.#looking.values());
  }

  readonly #onNews = (tenantId: string): void => {
    if (this.#looking.has(tenantId)) this.#heardMeanwhile.add(tenantId);
    else if (this.#timers.has(tenantId)) this.#schedule(tenantId, 0);
  };

  async #discover(): Promise<void> {
    try {
      for (const tenantId of await this.#site.store.tenantIds()) {
        if (!this.#timers.has(tenantId) && !this.#looking.has(tenantId)) this.#schedule(tenantId, 0);
      }
    } catch (error) {
      this.#report(error);
    }
  }

  #schedule(tenantId: string, delayMs: number): void {
    if (this.#closed || this.#looking.has(tenantId)) return;
    clearTimeout(this.#timers.get(tenantId));
    this.#timers.set(tenantId, setTimeout(() => this.#begin(tenantId), delayMs).unref());
  }

  #begin(tenantId: string): void {
    this.#timers.delete(tenantId);
    this.#heardMeanwhile.delete(tenantId);
    const look = this.#look(tenantId).then((nextIn) => {
      this.#looking.delete(tenantId);
      if (nextIn !== undefined) this.#schedule(tenantId, this.#heardMeanwhile.has(tenantId) ? 0 : nextIn);
    });
    this.#looking.set(tenantId, look);
  }

  /** Answers when to look again; undefined for never. */
  async #look(tenantId: string): Promise<number | undefined> {
    try {
      const { record, nextIn } = await reconcile(this.#site, tenantId);
      this.#failing.delete(tenantId);
      const isOver = !record || (!this.#discovery && isSettled(record));
      return isOver ? undefined : nextIn;
    } catch (error) {
      if (!this.#failing.has(tenantId)) this.#report(error, tenantId);
      this.#failing.add(tenantId);
      return RETRY_MS;
    }
  }

  #report(error: unknown, tenantId?: string): void {
    const { code } = error as NodeJS.ErrnoException;
    const fields = { component: 'process-provider', provider: this.#site.name, error: messageOf(error), code };
    this.#site.logger.error('supervision failed', { ...fields, ...(tenantId && { tenant_id: tenantId }) });
  }
}

function isSettled({ phase, rollout, stopping, instances }: TenantRecord): boolean {
  if (rollout || stopping.length > 0) return false;
  return phase === 'failed' || (phase === 'serving' && instances.every(({ ready }) => ready));
}
