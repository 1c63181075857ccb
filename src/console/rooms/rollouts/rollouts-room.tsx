import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import { http, read } from '../../api/http.ts';
import { readPages } from '../../api/pages.ts';
import { useResource } from '../../api/resource.ts';
import type { RolloutSummary } from '../../api/types.ts';
import { Ago } from '../../components/ago.tsx';
import { Choice } from '../../components/choice.tsx';
import { MoreButton } from '../../components/more-button.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { visibleText } from '../../logs/visible-text.ts';
import { isRolloutPhase, phaseState, ROLLOUT_PHASES } from '../../rollouts/states.ts';
import { useTitle } from '../../shell/title.ts';

/** Rollouts that are read at once. */
const PAGE = 50;

const EVERY = 3_000;

/** All rollouts, newest first. */
export function RolloutsRoom() {
  const { query, route } = useLocation();
  const phase = isRolloutPhase(query.phase) ? query.phase : undefined;
  const pages = useSignal(1);
  useTitle('Rollouts');
  const { data, error } = useResource({
    key: `${phase} ${pages.value}`,
    every: EVERY,
    load: (signal) => readRollouts(phase, pages.value, signal),
  });
  const rollouts = data.value?.items ?? [];
  const choose = (chosen: string | undefined) =>
    route(chosen === undefined ? '/console/rollouts' : `/console/rollouts?phase=${chosen}`, true);
  return (
    <main class="room rollouts" id="main">
      <h1 class="unseen">Rollouts</h1>
      <p>
        <Choice label="Phase" every="Every phase" values={ROLLOUT_PHASES} value={phase} onChoose={choose} />
      </p>
      {error.value && !data.value && <ProblemNote title="The rollouts could not be read" error={error.value} />}
      {data.value && rollouts.length === 0 && (phase ? <p class="empty">No rollout is {phase}.</p> : <NoRollouts />)}
      {rollouts.length > 0 && <RolloutTable rollouts={rollouts} />}
      {data.value?.hasMore && (
        <p>
          <MoreButton pages={pages} size={PAGE} />
        </p>
      )}
    </main>
  );
}

function readRollouts(phase: RolloutSummary['phase'] | undefined, pages: number, signal: AbortSignal) {
  return readPages(pages, async (at) => {
    const query = { limit: PAGE, ...(phase && { phase }), ...at };
    const { rollouts, next_cursor } = await read(http.GET('/v1/rollouts', { params: { query }, signal }));
    return { items: rollouts, next_cursor };
  });
}

function RolloutTable({ rollouts }: { rollouts: readonly RolloutSummary[] }) {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Rollout</th>
          <th scope="col">Phase</th>
          <th scope="col" class="number">
            Done
          </th>
          <th scope="col" class="number">
            Failed
          </th>
          <th scope="col" class="number">
            Started
          </th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {rollouts.map((rollout) => {
          const { rollout_id: id, phase, succeeded, failed, tenants, created_at, reason, started_by } = rollout;
          return (
            <tr key={id}>
              <th scope="row">
                <a class="link rollout-id" href={`/console/rollouts/${encodeURIComponent(id)}`}>
                  {id}
                </a>
              </th>
              <td>
                <StateMark state={phaseState(rollout)} />{' '}
                <span class={`word word-${phaseState(rollout)}`}>{phase}</span>
              </td>
              <td class="number">
                {succeeded} of {tenants}
              </td>
              <td class={`number ${failed > 0 ? 'word-failing' : ''}`}>{failed}</td>
              <td class="number">
                <Ago at={created_at} suffix=" ago" />
              </td>
              <td class="message">
                {visibleText(reason)} <span class="quiet">by {visibleText(started_by)}</span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function NoRollouts() {
  return (
    <section class="empty">
      <h2>No rollouts yet</h2>
      <p>A rollout brings one change to many tenants, wave by wave:</p>
      <pre>npx berth rollout start version-2 -l plan=pro --set web.image=acme/app:2</pre>
    </section>
  );
}
