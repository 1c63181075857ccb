import type { RefObject } from 'preact';
import { StateMark } from '../../components/state-mark.tsx';
import type { State } from '../../tenants/state.ts';
import type { Count, Counts, Filters } from './filters.ts';

interface FleetFiltersProps {
  filters: Filters;
  counts: Counts;
  search: RefObject<HTMLInputElement | null>;
  onFilter(filters: Filters): void;
}

/** Counts that are filters: pressing one narrows the list, pressing it again widens it. */
export function FleetFilters({ filters, counts, search, onFilter }: FleetFiltersProps) {
  const toggle = (key: 'state' | 'phase' | 'provider') => (value: string) =>
    onFilter({ ...filters, [key]: filters[key] === value ? '' : value });
  const phases = withChosen(counts.phases, filters.phase);
  const providers = withChosen(counts.providers, filters.provider);
  return (
    <div class="fleet-filters">
      <fieldset class="counts">
        <legend class="unseen">Observed health</legend>
        {counts.states.map((count) => (
          <Chip
            key={count.value}
            {...count}
            isPressed={filters.state === count.value}
            onPress={toggle('state')}
            isState
          />
        ))}
      </fieldset>
      <div class="fleet-narrow">
        <input
          ref={search}
          type="search"
          placeholder="Search   /"
          aria-label="Search by id, reason or provider"
          spellcheck={false}
          autocomplete="off"
          value={filters.search}
          onInput={(event) => onFilter({ ...filters, search: event.currentTarget.value })}
        />
        {phases.length > 1 && <Choice label="Phase" counts={phases} value={filters.phase} onChoose={toggle('phase')} />}
        {providers.length > 1 && (
          <Choice label="Provider" counts={providers} value={filters.provider} onChoose={toggle('provider')} />
        )}
      </div>
    </div>
  );
}

/** A value that no tenant has any more stays in its list while it is chosen. */
function withChosen(counts: readonly Count[], chosen: string): readonly Count[] {
  return chosen === '' || counts.some(({ value }) => value === chosen)
    ? counts
    : [...counts, { value: chosen, count: 0 }];
}

interface ChipProps extends Count {
  isPressed: boolean;
  isState?: boolean;
  onPress(value: string): void;
}

function Chip({ value, count, isPressed, onPress, isState }: ChipProps) {
  return (
    <button
      type="button"
      class={`chip ${count === 0 ? 'is-zero' : ''} chip-${value}`}
      aria-pressed={isPressed}
      onClick={() => onPress(value)}
    >
      {isState && <StateMark state={value as State} />}
      <span class="chip-count">{count}</span>
      <span class="chip-word">{value}</span>
    </button>
  );
}

interface ChoiceProps {
  label: string;
  counts: readonly Count[];
  value: string;
  onChoose(value: string): void;
}

function Choice({ label, counts, value, onChoose }: ChoiceProps) {
  const choose = (chosen: string) => onChoose(chosen === '' ? value : chosen);
  return (
    <select aria-label={label} value={value} onChange={(event) => choose(event.currentTarget.value)}>
      <option value="">{`Every ${label.toLowerCase()}`}</option>
      {counts.map((count) => (
        <option key={count.value} value={count.value}>
          {`${count.value} (${count.count})`}
        </option>
      ))}
    </select>
  );
}
