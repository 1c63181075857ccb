import { useSignal } from '@preact/signals';
import { http, read } from '../../api/http.ts';
import { readPages } from '../../api/pages.ts';
import { useResource } from '../../api/resource.ts';
import type { Rollout, RolloutOutcome, RolloutTenantList } from '../../api/types.ts';
import { MoreButton } from '../../components/more-button.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { visibleText } from '../../logs/visible-text.ts';
import { outcomeStates } from '../../rollouts/states.ts';

/** Tenants that are read at once. A wave of thousands is counted by the control plane, and listed page by page. */
const PAGE = 50;

/** Milliseconds between two reads of what is listed, until the rollout ends. */
const EVERY = 3_000;

type Wave = Rollout['waves'][number];
type RolloutTenant = RolloutTenantList['tenants'][number];

interface WaveColumnProps {
  rollout: Rollout;
  wave: Wave;
  /** Only tenants with this outcome. */
  outcome: RolloutOutcome | undefined;
}

/** One wave: its state, how far it is, and its tenants. */
export function WaveColumn({ rollout, wave, outcome }: WaveColumnProps) {
  const { rollout_id, ended_at } = rollout;
  const pages = useSignal(1);
  const { data } = useResource({
    key: `${rollout_id} ${wave.name} ${outcome} ${pages.value} ${ended_at}`,
    ...(ended_at === null && { every: EVERY }),
    load: (signal) => readTenants({ rollout_id, wave: wave.name, outcome }, pages.value, signal),
  });
  const done = wave.tenants - wave.pending - wave.updating;
  return (
    <section class="wave" aria-label={`Wave ${wave.name}`}>
      <h2>
        {visibleText(wave.name)} <span class="quiet">{wave.state}</span>
      </h2>
      <p class="quiet wave-counts">
        {done.toLocaleString('en')} of {wave.tenants.toLocaleString('en')} done
      </p>
      <progress max={Math.max(1, wave.tenants)} value={done} aria-label={`Progress of ${wave.name}`} />
      <ul class="cells">
        {data.value?.items.map((tenant) => (
          <Cell key={tenant.tenant_id} tenant={tenant} />
        ))}
      </ul>
      {data.value?.hasMore && <MoreButton pages={pages} size={PAGE} />}
      {data.value?.items.length === 0 && <p class="quiet">{outcome ? `None is ${outcome}.` : 'No tenants yet.'}</p>}
    </section>
  );
}

function Cell({ tenant: { tenant_id, outcome, detail } }: { tenant: RolloutTenant }) {
  const words = [outcome, detail].filter(Boolean).join(': ');
  return (
    <li>
      <a class="cell" href={`/console/tenants/${encodeURIComponent(tenant_id)}`} title={visibleText(words)}>
        <StateMark state={outcomeStates[outcome]} />
        <span class="cell-id">{tenant_id}</span>
        <span class="quiet">{outcome}</span>
      </a>
    </li>
  );
}

interface Selected {
  rollout_id: string;
  wave: string;
  outcome: RolloutOutcome | undefined;
}

function readTenants({ rollout_id, wave, outcome }: Selected, pages: number, signal: AbortSignal) {
  return readPages(pages, async (at) => {
    const query = { wave, limit: PAGE, ...(outcome && { outcome }), ...at };
    const params = { path: { rollout_id }, query };
    const { tenants, next_cursor } = await read(http.GET('/v1/rollouts/{rollout_id}/tenants', { params, signal }));
    return { items: tenants, next_cursor };
  });
}
