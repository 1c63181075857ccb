import type { Revision } from '../../api/types.ts';
import { Ago } from '../../components/ago.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { visibleText } from '../../logs/visible-text.ts';
import { type Compared, outcomeStates } from './compared.ts';

interface RevisionRowProps {
  revision: Revision;
  compared: Compared;
  onCompare(compared: Compared): void;
  /** Undefined where there is no way back to it. */
  onRollBack: (() => void) | undefined;
}

export function RevisionRow({ revision: row, compared, onCompare, onRollBack }: RevisionRowProps) {
  const { revision, outcome, changed, actor, created_at, rollback_of } = row;
  const state = outcomeStates[outcome];
  const choice = (side: keyof Compared, title: string) => (
    <label class="choice">
      <input
        type="radio"
        name={side}
        aria-label={`${title} revision ${revision}`}
        checked={compared[side] === revision}
        onChange={() => onCompare({ ...compared, [side]: revision })}
      />
    </label>
  );
  return (
    <tr>
      <th scope="row" class="revision-number">
        {revision}
      </th>
      <td class="revision-outcome">
        <StateMark state={state} /> <span class={`word word-${state}`}>{outcome}</span>
      </td>
      <td class="revision-compare">
        {choice('from', 'Compare from')}
        {choice('to', 'Compare to')}
      </td>
      <td class="message">
        {rollback_of !== undefined && `Rollback to revision ${rollback_of}. `}
        {changed.length > 0 ? visibleText(changed.join(', ')) : revision === 1 ? 'The first one' : 'Nothing'}
      </td>
      <td class="revision-actor">{visibleText(actor)}</td>
      <td class="number">
        <Ago at={created_at} suffix=" ago" />
      </td>
      <td class="revision-action">
        {onRollBack && (
          <button type="button" class="button" aria-label={`Roll back to revision ${revision}`} onClick={onRollBack}>
            Roll back
          </button>
        )}
      </td>
    </tr>
  );
}
