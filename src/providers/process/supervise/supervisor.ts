import { messageOf } from '../../../compute/errors.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { TenantRecord } from '../records/record.ts';
import { reconcile } from './reconcile.ts';

/** How often the data folder is searched for tenants that other hosts provisioned. */
const DISCOVERY_MS = 1000;
const RETRY_MS = 5000;

/**
 * Reconciles tenants in the background. Once started it supervises all of them; before that, only those whose start or
 * update outlasts the call. It holds only timers, and none of them keeps the host process alive.
 */
export class Supervisor {
  readonly #context: ProviderContext;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #wokenMeanwhile = new Set<string>();
  readonly #failing = new Set<string>();
  #discovery: NodeJS.Timeout | undefined;
  #closed = false;
  #isDiskFull = false;

  constructor(context: ProviderContext) {
    this.#context = context;
    context.wake.on('tenant', this.#onWake);
  }

  /** Starts to supervise every tenant. */
  async start(): Promise<void> {
    if (this.#discovery) return;
    this.#discovery = setInterval(() => void this.#discover(), DISCOVERY_MS).unref();
    await this.#discover();
  }

  /** Supervises one tenant until nothing of it is in progress; for good if the supervisor was started. */
  superviseUntilSettled(tenantId: string): void {
    this.#schedule(tenantId, 0);
  }

  /** Stops supervising, and resolves when the last pass has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#context.wake.off('tenant', this.#onWake);
    clearInterval(this.#discovery);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.#running.values());
  }

  readonly #onWake = (tenantId: string): void => {
    if (this.#running.has(tenantId)) this.#wokenMeanwhile.add(tenantId);
    else if (this.#timers.has(tenantId)) this.#schedule(tenantId, 0);
  };

  async #discover(): Promise<void> {
    try {
      if (await this.#context.store.freeSpace()) this.#reportFullDisk();
      else this.#isDiskFull = false;
      const tenantIds = await this.#context.store.tenantIds();
      if (tenantIds.length > 0) await this.#context.pipes.ensureCopier();
      for (const tenantId of tenantIds) {
        if (!this.#timers.has(tenantId) && !this.#running.has(tenantId)) this.#schedule(tenantId, 0);
      }
    } catch (error) {
      this.#report(error);
    }
  }

  #schedule(tenantId: string, delayMs: number): void {
    if (this.#closed || this.#running.has(tenantId)) return;
    clearTimeout(this.#timers.get(tenantId));
    this.#timers.set(tenantId, setTimeout(() => this.#run(tenantId), delayMs).unref());
  }

  #run(tenantId: string): void {
    this.#timers.delete(tenantId);
    this.#wokenMeanwhile.delete(tenantId);
    const pass = this.#reconcile(tenantId).then((nextIn) => {
      this.#running.delete(tenantId);
      if (nextIn !== undefined) this.#schedule(tenantId, this.#wokenMeanwhile.has(tenantId) ? 0 : nextIn);
    });
    this.#running.set(tenantId, pass);
  }

  /** Returns milliseconds until the next pass; undefined if none is needed. */
  async #reconcile(tenantId: string): Promise<number | undefined> {
    try {
      const { record, nextIn } = await reconcile(this.#context, tenantId);
      this.#failing.delete(tenantId);
      const isDone = !record || (!this.#discovery && isSettled(record));
      return isDone ? undefined : nextIn;
    } catch (error) {
      if (!this.#failing.has(tenantId)) this.#report(error, tenantId);
      this.#failing.add(tenantId);
      return RETRY_MS;
    }
  }

  /** Once, until there is room again. */
  #reportFullDisk(): void {
    if (this.#isDiskFull) return;
    this.#isDiskFull = true;
    const fields = { component: 'process-provider', provider: this.#context.name };
    this.#context.logger.warn('the disk is almost full: rotated logs were given up', fields);
  }

  #report(error: unknown, tenantId?: string): void {
    const { code } = error as NodeJS.ErrnoException;
    const fields = { component: 'process-provider', provider: this.#context.name, error: messageOf(error), code };
    this.#context.logger.error('supervision failed', { ...fields, ...(tenantId && { tenant_id: tenantId }) });
  }
}

function isSettled({ phase, rollout, stopping, instances }: TenantRecord): boolean {
  if (rollout || stopping.length > 0) return false;
  return phase === 'failed' || phase === 'stopped' || (phase === 'serving' && instances.every(({ ready }) => ready));
}
