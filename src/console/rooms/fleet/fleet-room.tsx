import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ProblemNote } from '../../components/problem.tsx';
import { focusRow, VirtualList } from '../../components/virtual-list.tsx';
import { useShortcuts } from '../../keyboard/keyboard.ts';
import { useTitle } from '../../shell/title.ts';
import { countRows, type Filters, filterRows, fleetPath, readFilters } from './filters.ts';
import { fleetError, followFleet, isComplete, rows } from './fleet.ts';
import { FleetFilters } from './fleet-filters.tsx';
import { FleetHeader, FleetRow, GoneRow } from './fleet-row.tsx';
import { countMoved, heldIds, sortedIds } from './order.ts';

/** All tenants: those that need a person first. */
export function FleetRoom() {
  const { query, route } = useLocation();
  const filters = readFilters(query);
  const list = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const focused = useRef(-1);
  const order = useHeldOrder(filters);
  const counts = useComputed(() => countRows(rows.value.values()));
  useEffect(followFleet, []);
  const failing = counts.value.states[0]?.count ?? 0;
  useTitle(failing > 0 ? `${failing} failing` : 'Fleet');

  const apply = (next: Filters) => route(fleetPath(next), true);
  const move = (step: number) => {
    const last = order.ids.length - 1;
    focused.current = Math.max(0, Math.min(last, focused.current + step));
    if (last >= 0) focusRow(list.current, focused.current);
  };
  const leaveSearch = () => {
    if (document.activeElement !== search.current) return;
    if (filters.search !== '') apply({ ...filters, search: '' });
    else search.current?.blur();
  };
  useShortcuts([
    { key: '/', does: 'Search', run: () => search.current?.focus() },
    { key: 'j', does: 'Next tenant', run: () => move(1) },
    { key: 'k', does: 'Previous tenant', run: () => move(-1) },
    { key: 'r', does: 'Sort again', run: order.release },
    { key: 'Escape', does: 'Clear the search', run: leaveSearch },
  ]);

  const { total } = counts.value;
  return (
    <main class="room fleet" id="main">
      <h1 class="unseen">Fleet</h1>
      <FleetFilters filters={filters} counts={counts.value} search={search} onFilter={apply} />
      <p class="fleet-status quiet" role="status">
        <span>{statusOf({ shown: order.ids.length, total, isComplete: isComplete.value })}</span>
        {order.moved > 0 && (
          <button type="button" class="link" onClick={order.release}>
            Order held, {order.moved} would move: sort <kbd>r</kbd>
          </button>
        )}
      </p>
      {fleetError.value && total === 0 ? (
        <ProblemNote title="The fleet could not be read" error={fleetError.value} />
      ) : isComplete.value && total === 0 ? (
        <EmptyFleet />
      ) : (
        <div class="fleet-list" {...order.holding}>
          <VirtualList
            list={list}
            label="Tenants"
            count={order.ids.length}
            header={<FleetHeader />}
            row={(index) => {
              const id = order.ids[index] ?? '';
              const row = rows.value.get(id);
              const onFocus = () => {
                focused.current = index;
              };
              if (!row) return <GoneRow key={id} id={id} index={index} />;
              return <FleetRow key={id} row={row} index={index} onFocus={onFocus} />;
            }}
          />
          {isComplete.value && order.ids.length === 0 && (
            <p class="empty">
              No tenant matches.{' '}
              <a class="link" href="/console/">
                Show all {total}
              </a>
            </p>
          )}
        </div>
      )}
    </main>
  );
}

function statusOf({ shown, total, isComplete: isAll }: { shown: number; total: number; isComplete: boolean }): string {
  const format = (count: number) => count.toLocaleString('en');
  if (!isAll) return total === 0 ? 'Reading the fleet' : `${format(total)} read so far`;
  if (shown === total) return total === 1 ? '1 tenant' : `${format(total)} tenants`;
  return `${format(shown)} of ${format(total)} tenants`;
}

/**
 * Holds the order of the list while the pointer or the focus is in it, so that a click hits what it was aimed at. A change
 * of the filters sorts at once.
 */
function useHeldOrder(filters: Filters) {
  const isPointed = useSignal(false);
  const isFocused = useSignal(false);
  const shown = useRef<{ path: string; ids: readonly string[] }>({ path: '', ids: [] });
  const releases = useSignal(0);
  const released = useRef(0);
  const path = fleetPath(filters);
  const known = rows.value;
  const sorted = useMemo(() => sortedIds(filterRows(known.values(), filters)), [known, path]);
  const isReleased = released.current !== releases.value;
  const isHeld = (isPointed.value || isFocused.value) && shown.current.path === path && !isReleased;
  const ids = isHeld ? heldIds(shown.current.ids, sorted) : sorted;
  shown.current = { path, ids };
  released.current = releases.value;
  return {
    ids,
    moved: isHeld ? countMoved(ids, sorted) : 0,
    release: () => {
      releases.value += 1;
    },
    holding: {
      onPointerEnter: () => {
        isPointed.value = true;
      },
      onPointerLeave: () => {
        isPointed.value = false;
      },
      onFocusIn: () => {
        isFocused.value = true;
      },
      onFocusOut: () => {
        isFocused.value = false;
      },
    },
  };
}

function EmptyFleet() {
  return (
    <section class="empty">
      <h2>No tenants yet</h2>
      <p>The first one appears here by itself:</p>
      <pre>npx berth apply -f examples/hello.yaml</pre>
      <p>
        <a class="link" href="/docs" target="_self" rel="noreferrer">
          API reference
        </a>
      </p>
    </section>
  );
}
