import { useSignal } from '@preact/signals';
import { useLocation, useRoute } from 'preact-iso';
import { canChange } from '../../api/access.ts';
import { accepted, http, read } from '../../api/http.ts';
import { useResource } from '../../api/resource.ts';
import type { Rollout, RolloutCommand, RolloutOutcome } from '../../api/types.ts';
import { Ago } from '../../components/ago.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { ConfirmDialog } from '../../dialogs/confirm-dialog.tsx';
import { useShortcuts } from '../../keyboard/keyboard.ts';
import { visibleText } from '../../logs/visible-text.ts';
import { outcomeStates, phaseState, ROLLOUT_OUTCOMES } from '../../rollouts/states.ts';
import { useTitle } from '../../shell/title.ts';
import { shownValue } from '../../specs/shown-value.ts';
import { commands } from './commands.ts';
import { WaveColumn } from './wave-column.tsx';

const EVERY = 2_000;

/** One rollout: its waves as columns, their tenants as cells, and the commands that it takes. */
export function RolloutRoom() {
  const rollout_id = useRoute().params.rollout_id ?? '';
  const { query, path, route } = useLocation();
  const outcome = ROLLOUT_OUTCOMES.find((each) => each === query.outcome);
  const asked = useSignal<RolloutCommand | undefined>(undefined);
  useTitle(rollout_id);
  useShortcuts([{ key: 'Escape', does: 'Back to the rollouts', run: () => route('/console/rollouts') }]);
  const { data, error, refresh } = useResource({
    key: rollout_id,
    every: EVERY,
    load: (signal) => read(http.GET('/v1/rollouts/{rollout_id}', { params: { path: { rollout_id } }, signal })),
  });
  const rollout = data.value;
  const choose = (chosen: RolloutOutcome) =>
    route(chosen === outcome ? path : `${path}?outcome=${encodeURIComponent(chosen)}`, true);
  return (
    <main class="room rollout" id="main">
      <header class="tenant-head">
        <a class="back" href="/console/rollouts" aria-label="Back to the rollouts">
          ‹
        </a>
        <h1>{rollout_id}</h1>
        {rollout && <Phase rollout={rollout} />}
        {rollout && canChange && (
          <p class="actions">
            {rollout.possible.map((command) => (
              <button
                key={command}
                type="button"
                class="button"
                onClick={() => {
                  asked.value = command;
                }}
              >
                {commands[command].title}
              </button>
            ))}
          </p>
        )}
      </header>
      {error.value && !rollout && <ProblemNote title="The rollout could not be read" error={error.value} />}
      {rollout && <Facts rollout={rollout} />}
      {rollout && <OutcomeFilter rollout={rollout} chosen={outcome} onChoose={choose} />}
      {rollout && (
        <div class="waves">
          {rollout.waves.map((wave) => (
            <WaveColumn key={wave.name} rollout={rollout} wave={wave} outcome={outcome} />
          ))}
        </div>
      )}
      {rollout && asked.value && (
        <ConfirmDialog
          title={`${commands[asked.value].title}: ${rollout_id}`}
          confirm={commands[asked.value].title}
          onClose={() => {
            asked.value = undefined;
          }}
          onConfirm={async () => {
            const command = asked.value ?? 'pause';
            const params = { path: { rollout_id, command } };
            await accepted(http.POST('/v1/rollouts/{rollout_id}/{command}', { params }));
            refresh();
          }}
        >
          <p>{commands[asked.value].plan(rollout)}</p>
        </ConfirmDialog>
      )}
    </main>
  );
}

function Phase({ rollout: { phase, waves } }: { rollout: Rollout }) {
  const state = phaseState({ phase, failed: waves.reduce((sum, { failed }) => sum + failed, 0) });
  return (
    <p class="tenant-state">
      <StateMark state={state} />
      <span class={`word word-${state}`}>{phase}</span>
    </p>
  );
}

/** Why it is in its phase, how many may fail, and what it changes. */
function Facts({ rollout }: { rollout: Rollout }) {
  const { reason, spec, waves, started_by, created_at, failures, tenants } = rollout;
  const failed = waves.reduce((sum, wave) => sum + wave.failed, 0);
  return (
    <section class="rollout-facts" aria-label="About it">
      {reason !== '' && (
        <p class="message" title={visibleText(reason)}>
          {visibleText(reason)}
        </p>
      )}
      <p class="quiet">
        {tenants.toLocaleString('en')} tenants, {spec.max_in_flight} at a time. {failed} failed, {spec.failure_budget}{' '}
        may; then it {spec.on_failure === 'undo' ? 'undoes itself' : 'pauses'}. Started by {visibleText(started_by)}{' '}
        <Ago at={created_at} suffix=" ago" />.
      </p>
      <p class="rollout-change">
        <code>{visibleText(shownValue(spec.change))}</code>
      </p>
      {failures.length > 0 && (
        <ul class="rollout-failures">
          {failures.slice(0, 5).map(({ tenant_id, detail }) => (
            <li key={tenant_id}>
              <StateMark state="failing" />{' '}
              <a class="link" href={`/console/tenants/${encodeURIComponent(tenant_id)}/change`}>
                {tenant_id}
              </a>{' '}
              {visibleText(detail)}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface OutcomeFilterProps {
  rollout: Rollout;
  chosen: RolloutOutcome | undefined;
  onChoose(outcome: RolloutOutcome): void;
}

/** Counts that are filters, as in the fleet. */
function OutcomeFilter({ rollout: { waves }, chosen, onChoose }: OutcomeFilterProps) {
  return (
    <fieldset class="counts">
      <legend class="unseen">Outcome</legend>
      {ROLLOUT_OUTCOMES.map((outcome) => {
        const count = waves.reduce((sum, wave) => sum + wave[outcome], 0);
        return (
          <button
            key={outcome}
            type="button"
            class={`chip ${count === 0 ? 'is-zero' : ''}`}
            aria-pressed={chosen === outcome}
            onClick={() => onChoose(outcome)}
          >
            <StateMark state={outcomeStates[outcome]} />
            <span class="chip-count">{count.toLocaleString('en')}</span>
            <span class="chip-word">{outcome}</span>
          </button>
        );
      })}
    </fieldset>
  );
}
