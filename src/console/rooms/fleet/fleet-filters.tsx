import type { RefObject } from 'preact';
import { Choice } from '../../components/choice.tsx';
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
  const toggle = (state: string) => onFilter({ ...filters, state: filters.state === state ? '' : state });
  const phases = withChosen(counts.phases, filters.phase);
  const providers = withChosen(counts.providers, filters.provider);
  return (
    <div class="fleet-filters">
      <fieldset class="counts">
        <legend class="unseen">Observed health</legend>
        {counts.states.map((count) => (
          <Chip key={count.value} {...count} isPressed={filters.state === count.value} onPress={toggle} isState />
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
        {phases.length > 1 && (
          <Choice
            label="Phase"
            every="Every phase"
            values={phases.map(({ value }) => value)}
            value={filters.phase}
            textOf={withCount(phases)}
            onChoose={(phase = '') => onFilter({ ...filters, phase })}
          />
        )}
        {providers.length > 1 && (
          <Choice
            label="Provider"
            every="Every provider"
            values={providers.map(({ value }) => value)}
            value={filters.provider}
            textOf={withCount(providers)}
            onChoose={(provider = '') => onFilter({ ...filters, provider })}
          />
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

function withCount(counts: readonly Count[]): (value: string) => string {
  const byValue = new Map(counts.map(({ value, count }) => [value, count]));
  return (value) => `${value} (${byValue.get(value) ?? 0})`;
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
