import { isForeign } from '../../compute/labels.ts';
import type { Glance } from '../../compute/provider.ts';
import type { Run, TenantRecord } from './records/record.ts';
import type { RecordStore } from './records/record-store.ts';
import { lookUpAll } from './supervise/process-table.ts';

/** What a glance needs of a record, and the stamp of the file that it was read from. */
interface Known {
  stamp: string;
  installation: string | undefined;
  /** It serves, and each of its containers is ready. */
  isReady: boolean;
  restart_count: number;
  runs: readonly Run[];
}

/** The most that are kept. */
const MAX_KNOWN = 10_000;

/**
 * Glances at many tenants. A record is read again only if its file is another one than before: reading and checking the
 * records of 200 tenants takes longer than all the rest. The process table is asked each time.
 */
export class Glances {
  readonly #store: RecordStore;
  readonly #known = new Map<string, Known>();

  constructor(store: RecordStore) {
    this.#store = store;
  }

  async at(tenantIds: readonly string[], installation: string | undefined): Promise<Glance[]> {
    const found: [string, Known | undefined][] = [];
    for (const tenantId of tenantIds) {
      const stamp = this.#store.stampOf(tenantId);
      if (stamp === undefined) this.#known.delete(tenantId);
      else found.push([tenantId, await this.#read(tenantId, stamp)]);
    }
    const runs = found.flatMap(([, known]) => known?.runs ?? []);
    const processes = await lookUpAll(runs.flatMap(({ pid }) => pid ?? []));
    const isUp = ({ pid, start_time }: Run) => {
      const entry = pid === undefined ? undefined : processes.get(pid);
      return entry !== undefined && !entry.zombie && !entry.paused && entry.start_time === start_time;
    };
    return found.map(([tenant_id, known]) => {
      if (!known || isForeign(known.installation, installation)) return { tenant_id, is_well: false };
      const { isReady, restart_count } = known;
      return { tenant_id, is_well: isReady && known.runs.every(isUp), restart_count };
    });
  }

  /** Returns undefined where the record cannot be read. */
  async #read(tenantId: string, stamp: string): Promise<Known | undefined> {
    const known = this.#known.get(tenantId);
    if (known?.stamp === stamp) return known;
    // The stamp is older than the record at most: then the next glance reads the record again.
    const record = await this.#store.read(tenantId).catch(() => undefined);
    if (!record) return undefined;
    const read = { stamp, ...factsOf(record) };
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(tenantId, read);
    return read;
  }
}

function factsOf({ phase, installation, instances }: TenantRecord): Omit<Known, 'stamp'> {
  return {
    installation,
    isReady: phase === 'serving' && instances.every(({ ready, run, completed }) => ready && (completed || run)),
    restart_count: instances.reduce((sum, instance) => sum + instance.restart_count, 0),
    runs: instances.flatMap(({ run }) => run ?? []),
  };
}
