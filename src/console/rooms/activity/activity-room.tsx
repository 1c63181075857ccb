import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { http, read } from '../../api/http.ts';
import { readPages } from '../../api/pages.ts';
import { useResource } from '../../api/resource.ts';
import { Choice } from '../../components/choice.tsx';
import { MoreButton } from '../../components/more-button.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { useShortcuts } from '../../keyboard/keyboard.ts';
import { useTitle } from '../../shell/title.ts';
import {
  ACTIVITY_TYPES,
  type ActivityFilters,
  activityPath,
  OPERATION_STATES,
  readActivityFilters,
  searchOperations,
} from './activity-filters.ts';
import { OperationRow } from './operation-row.tsx';

/** Operations that are read at once. */
const PAGE = 100;

/** Milliseconds between two reads. */
const EVERY = 5_000;

/** Who did what: the operations of all tenants, newest first. */
export function ActivityRoom() {
  const { query, route } = useLocation();
  const filters = readActivityFilters(query);
  const pages = useSignal(1);
  const search = useRef<HTMLInputElement>(null);
  useTitle('Activity');
  useShortcuts([{ key: '/', does: 'Search', run: () => search.current?.focus() }]);
  const { data, error } = useResource({
    key: `${filters.state} ${filters.type} ${pages.value}`,
    every: EVERY,
    load: (signal) => readActivity(filters, pages.value, signal),
  });
  const apply = (change: Partial<ActivityFilters>) => route(activityPath({ ...filters, ...change }), true);
  const shown = searchOperations(data.value?.items ?? [], filters.search);
  return (
    <main class="room activity" id="main">
      <h1 class="unseen">Activity</h1>
      <div class="activity-filters">
        <input
          ref={search}
          type="search"
          placeholder="Search   /"
          aria-label="Search by tenant, caller or message"
          spellcheck={false}
          autocomplete="off"
          value={filters.search}
          onInput={(event) => apply({ search: event.currentTarget.value })}
        />
        <Choice
          label="State"
          every="Every state"
          values={OPERATION_STATES}
          value={filters.state}
          onChoose={(state) => apply({ state })}
        />
        <Choice
          label="Type"
          every="Every type"
          values={ACTIVITY_TYPES}
          value={filters.type}
          onChoose={(type) => apply({ type })}
        />
      </div>
      {error.value && !data.value && <ProblemNote title="The activity could not be read" error={error.value} />}
      {data.value && shown.length === 0 && <p class="empty">No operation matches.</p>}
      {shown.length > 0 && (
        <table class="rows operations">
          <thead>
            <tr>
              <th scope="col">Tenant</th>
              <th scope="col">Change</th>
              <th scope="col" class="number">
                Asked for
              </th>
              <th scope="col" class="number">
                Took
              </th>
              <th scope="col">By</th>
              <th scope="col">Outcome</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((operation) => (
              <OperationRow key={operation.operation_id} operation={operation} />
            ))}
          </tbody>
        </table>
      )}
      {data.value?.hasMore && (
        <p>
          <MoreButton pages={pages} size={PAGE} />
        </p>
      )}
    </main>
  );
}

function readActivity({ state, type }: ActivityFilters, pages: number, signal: AbortSignal) {
  return readPages(pages, async (at) => {
    const query = { limit: PAGE, ...(state && { state }), ...(type && { type }), ...at };
    const { operations, next_cursor } = await read(http.GET('/v1/operations', { params: { query }, signal }));
    return { items: operations, next_cursor };
  });
}
