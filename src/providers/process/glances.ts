import { isForeign } from '../../compute/labels.ts';
import type { Glance } from '../../compute/provider.ts';
import type { Run, TenantRecord } from './records/record.ts';
import { RecordFacts } from './records/record-facts.ts';
import type { RecordStore } from './records/record-store.ts';
import { isProcessOf, lookUpAll } from './supervise/process-table.ts';

/** What a glance needs of a record. */
interface Known {
  installation: string | undefined;
  /** It serves, and each of its containers is ready. */
  isReady: boolean;
  restart_count: number;
  runs: readonly Run[];
}

/** Glances at many tenants. It keeps what it needs of their records. The process table is asked each time. */
export class Glances {
  readonly #facts: RecordFacts<Known>;

  constructor(store: RecordStore) {
    this.#facts = new RecordFacts(store, factsOf);
  }

  async at(tenantIds: readonly string[], installation: string | undefined): Promise<Glance[]> {
    const found: [string, Known | null][] = [];
    for (const tenantId of tenantIds) {
      const known = await this.#facts.of(tenantId);
      if (known !== undefined) found.push([tenantId, known]);
    }
    const runs = found.flatMap(([, known]) => known?.runs ?? []);
    const processes = await lookUpAll(runs.flatMap(({ pid }) => pid ?? []));
    const isUp = (run: Run) => {
      const entry = processes.get(run.pid ?? 0);
      return isProcessOf(run, entry) && !entry.paused;
    };
    return found.map(([tenant_id, known]) => {
      if (!known || isForeign(known.installation, installation)) return { tenant_id, is_well: false };
      const { isReady, restart_count } = known;
      return { tenant_id, is_well: isReady && known.runs.every(isUp), restart_count };
    });
  }
}

function factsOf({ phase, installation, instances }: TenantRecord): Known {
  return {
    installation,
    isReady: phase === 'serving' && instances.every(({ ready, run, completed }) => ready && (completed || run)),
    restart_count: instances.reduce((sum, instance) => sum + instance.restart_count, 0),
    runs: instances.flatMap(({ run }) => run ?? []),
  };
}
