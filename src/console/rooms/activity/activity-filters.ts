import type { OperationSummary } from '../../api/types.ts';

export const OPERATION_STATES = ['running', 'succeeded', 'failed', 'cancelled'] as const;
export const ACTIVITY_TYPES = [
  'provision',
  'update',
  'rollback',
  'destroy',
  'heal',
  'stop',
  'start',
  'restart',
  'exec',
] as const;

/** What the activity is narrowed to. It is in the address of the page. */
export interface ActivityFilters {
  state: OperationSummary['state'] | undefined;
  type: OperationSummary['type'] | undefined;
  search: string;
}

/** Reads the filters; values that the API does not know are left out. */
export function readActivityFilters(query: Readonly<Record<string, string>>): ActivityFilters {
  return {
    state: OPERATION_STATES.find((state) => state === query.state),
    type: ACTIVITY_TYPES.find((type) => type === query.type),
    search: query.q ?? '',
  };
}

export function activityPath({ state, type, search }: ActivityFilters): string {
  const given = { ...(search && { q: search }), ...(state && { state }), ...(type && { type }) };
  const query = new URLSearchParams(given).toString();
  return query === '' ? '/console/activity' : `/console/activity?${query}`;
}

/** Returns the operations that have every word of the search in their tenant, their caller or their message. */
export function searchOperations(operations: readonly OperationSummary[], search: string): OperationSummary[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter(({ tenant_id, actor, message, error }) => {
    const text = [tenant_id, actor, message, error?.code, error?.message].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
