import { messageOf } from '../compute/errors.ts';
import type { Logger } from '../compute/logger.ts';
import type { Converger } from './converge.ts';
import type { Store } from './store.ts';

export interface SweeperOptions {
  store: Store;
  converger: Converger;
  logger: Logger;
  /** How many tenants are worked on at a time. */
  concurrency?: number | undefined;
}

export interface SweepOptions {
  signal?: AbortSignal | undefined;
  /** Since when nobody else can be at work: what the dead left is taken up before their leases end. Epoch milliseconds. */
  aloneSince?: number | undefined;
  /** Milliseconds to stay with a tenant whose provider is still at work. Default 10,000. */
  patience?: number | undefined;
}

/**
 * Finds tenants with unfinished work, whoever left it unfinished, and converges them. What it costs follows the work that
 * is due, not the number of tenants. Any number of sweepers may run at once: a tenant's lease lets one of them in.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #working = new Set<string>();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** One pass over what is due now. Answers how many tenants were taken up; a failure with one does not keep it from the others. */
  async sweep({ signal, aloneSince, patience = 10_000 }: SweepOptions = {}): Promise<number> {
    const { store, converger, logger, concurrency = 32 } = this.#options;
    const due = (await store.listDue(concurrency * 4, { early: aloneSince !== undefined })).filter(
      (id) => !this.#working.has(id),
    );
    const taken = due.slice(0, Math.max(0, concurrency - this.#working.size));
    const one = async (tenantId: string) => {
      this.#working.add(tenantId);
      try {
        await converger.converge(tenantId, { signal, aloneSince, patience });
      } catch (error) {
        logger.error('converging failed', { component: 'sweeper', tenant_id: tenantId, error: messageOf(error) });
      } finally {
        this.#working.delete(tenantId);
      }
    };
    await Promise.all(taken.map(one));
    return taken.length;
  }
}
