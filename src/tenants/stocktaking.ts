import type { Inventory, InventoryReport } from './inventory.ts';
import type { Clock } from './ports.ts';
import { ConditionFailedError, type Table } from './table.ts';

export interface StocktakingOptions {
  inventory: Inventory;
  table: Table;
  clock: Clock;
}

/** The least time from one inventory of a provider to the next; a schedule of a minute is never quite on time. Milliseconds. */
const EVERY_MS = 50_000;
/** An inventory looks at all that a provider holds, so it takes the longer the more that is: no more than a tenth of the time. */
const SHARE = 10;

/**
 * Takes stock of a provider when it is time: often where that is quick, seldom where it is not, and by one instance only.
 */
export class Stocktaking {
  readonly #options: StocktakingOptions;

  constructor(options: StocktakingOptions) {
    this.#options = options;
  }

  /** Answers nothing where it is not time. Throws what the inventory throws, and when its time is up. */
  async takeIfDue(provider: string, signal?: AbortSignal): Promise<InventoryReport | undefined> {
    const { inventory, clock } = this.#options;
    const begunAt = clock.now();
    if (!(await this.#plan(provider, begunAt + EVERY_MS, begunAt))) return undefined;
    try {
      return await inventory.take(provider, signal);
    } finally {
      const took = clock.now() - begunAt;
      if (took * SHARE > EVERY_MS) await this.#plan(provider, begunAt + took * SHARE);
    }
  }

  /** Writes down when the next one is due; answers whether that was ours to say. `ifDueBy`: only if one is due by then. */
  async #plan(provider: string, nextAt: number, ifDueBy = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { table } = this.#options;
    const keys = { pk: 'meta', sk: `inventory#${provider}` };
    const item = await table.get(keys.pk, keys.sk);
    const { next_at } = item ? (JSON.parse(item.data) as { next_at: number }) : { next_at: 0 };
    if (next_at > ifDueBy) return false;
    const version = item?.version ?? 0;
    try {
      const data = JSON.stringify({ next_at: nextAt });
      await table.put({ ...keys, data, version: version + 1 }, version === 0 ? 'absent' : version);
      return true;
    } catch (error) {
      if (error instanceof ConditionFailedError) return false;
      throw error;
    }
  }
}
