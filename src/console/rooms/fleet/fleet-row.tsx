import { Ago } from '../../components/ago.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { isChanging, stateOf, wordsOf } from '../../tenants/state.ts';
import type { Row } from './row.ts';

export const columns = ['Tenant', 'State', 'Provider', 'Rev', 'Restarts', 'Changed', 'Age', ''] as const;

interface FleetRowProps {
  row: Row;
  index: number;
  onFocus(): void;
}

export function FleetRow({ row, index, onFocus }: FleetRowProps) {
  const state = stateOf(row);
  return (
    <div class={`fleet-row is-${state}`} role="row" aria-rowindex={index + 2}>
      <span role="cell" class="cell-tenant">
        <StateMark state={state} />
        <a class="row-link" href={`/console/tenants/${row.tenant_id}`} onFocus={onFocus}>
          {row.tenant_id}
        </a>
      </span>
      <span role="cell" class="cell-state">
        <span class={`word word-${state}`}>{wordsOf(row)}</span>
        {isChanging(row) && state !== 'changing' && <span class="word word-changing"> {row.phase}</span>}
      </span>
      <span role="cell" class="cell-provider">
        {row.provider_type}
      </span>
      <span role="cell" class="cell-revision number">
        {row.revision}
      </span>
      <span role="cell" class={`cell-restarts number ${row.restart_count === 0 ? 'none' : ''}`}>
        {row.restart_count}
      </span>
      <span role="cell" class="cell-changed number">
        <Ago at={row.updated_at} />
      </span>
      <span role="cell" class="cell-age number">
        <Ago at={row.created_at} />
      </span>
      <span role="cell" class="cell-open">
        {row.url && (
          <a class="open-link" href={row.url} target="_blank" rel="noreferrer" aria-label={`Open ${row.tenant_id}`}>
            ↗
          </a>
        )}
      </span>
    </div>
  );
}

/** Keeps the place of a tenant that was destroyed while the order is held. */
export function GoneRow({ id, index }: { id: string; index: number }) {
  return (
    <div class="fleet-row is-stopped" role="row" aria-rowindex={index + 2}>
      <span role="cell" class="cell-tenant">
        <StateMark state="stopped" />
        <s>{id}</s>
      </span>
      <span role="cell" class="cell-state word-stopped">
        destroyed
      </span>
    </div>
  );
}

export function FleetHeader() {
  return (
    <div class="fleet-row fleet-header" role="row" aria-rowindex={1}>
      {columns.map((column) => (
        <span key={column} role="columnheader" class={`cell-${classOf(column)}`}>
          {column || <span class="unseen">Address</span>}
        </span>
      ))}
    </div>
  );
}

function classOf(column: (typeof columns)[number]): string {
  const names: Partial<Record<typeof column, string>> = { Rev: 'revision', '': 'open' };
  return names[column] ?? column.toLowerCase();
}
