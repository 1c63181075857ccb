import { messageOf } from '../../../compute/errors.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type Run, runsOf, type TenantRecord } from '../records/record.ts';
import { isProcessOf, lookUpAll } from './process-table.ts';
import { reconcile } from './reconcile.ts';

/**
 * How often all tenants are looked at. The look finds what no event tells: the exit of a process that another host started,
 * a record that another host wrote, a tenant that it provisioned. It takes some 15 µs a tenant, so a pass, which takes a
 * millisecond, runs only where something has changed.
 */
const LOOK_MS = 3000;
const RETRY_MS = 5000;

/** What the last pass saw of a tenant, and what has to be the same for no pass to be needed. */
interface Seen {
  stamp: string | undefined;
  runs: readonly Run[];
}

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
  readonly #seen = new Map<string, Seen>();
  #looks: NodeJS.Timeout | undefined;
  #isStarted = false;
  #closed = false;
  #isDiskFull = false;

  constructor(context: ProviderContext) {
    this.#context = context;
    context.wake.on('tenant', this.#onWake);
  }

  /** Starts to supervise every tenant. */
  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#beginLooks();
    await this.#look();
  }

  /** Supervises one tenant until nothing of it is in progress; for good if the supervisor was started. */
  superviseUntilSettled(tenantId: string): void {
    this.#schedule(tenantId, 0);
  }

  /** Stops supervising, and resolves when the last pass has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#context.wake.off('tenant', this.#onWake);
    clearInterval(this.#looks);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.#running.values());
  }

  readonly #onWake = (tenantId: string): void => {
    if (this.#running.has(tenantId)) this.#wokenMeanwhile.add(tenantId);
    else if (this.#timers.has(tenantId)) this.#schedule(tenantId, 0);
  };

  /** Runs a pass over each tenant that is new, or has changed since the last one. */
  async #look(): Promise<void> {
    const { store, pipes } = this.#context;
    try {
      if (this.#isStarted) {
        if (await store.freeSpace()) this.#reportFullDisk();
        else this.#isDiskFull = false;
        const tenantIds = await store.tenantIds();
        if (tenantIds.length > 0) await pipes.ensureCopier();
        for (const tenantId of tenantIds) if (!this.#timers.has(tenantId)) this.#schedule(tenantId, 0);
      }
      const waiting = [...this.#seen].filter(([tenantId]) => this.#timers.has(tenantId));
      const processes = await lookUpAll(waiting.flatMap(([, { runs }]) => runs.flatMap(({ pid }) => pid ?? [])));
      for (const [tenantId, { stamp, runs }] of waiting) {
        const isUp = runs.every((run) => run.pid === undefined || isProcessOf(run, processes.get(run.pid)));
        if (!isUp || store.stampOf(tenantId) !== stamp) this.#onWake(tenantId);
      }
    } catch (error) {
      this.#report(error);
    }
  }

  #beginLooks(): void {
    this.#looks ??= setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  #schedule(tenantId: string, delayMs: number): void {
    if (this.#closed || this.#running.has(tenantId)) return;
    this.#beginLooks();
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
      const { record, nextIn, stamp } = await reconcile(this.#context, tenantId);
      this.#failing.delete(tenantId);
      this.#seen.delete(tenantId);
      if (!record || (!this.#isStarted && isSettled(record))) {
        this.#context.prober.keepOnly(tenantId, []);
        return undefined;
      }
      this.#seen.set(tenantId, { stamp, runs: runsOf(record) });
      return nextIn;
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
