import { signal } from '@preact/signals';
import { http, read } from '../../api/http.ts';
import { asRequestError, RequestError } from '../../api/problem.ts';
import { type Change, onChange } from '../../live/changes.ts';
import { connection } from '../../live/connection.ts';
import { isVisible } from '../../live/visibility.ts';
import { type Row, tenantToRow, toRow } from './row.ts';

/** The most that the API returns at once. */
const PAGE = 100;

/** Milliseconds between two drawings while pages arrive: the list is counted and sorted for each. */
const SHOW_EVERY = 300;

/** More tenants than this are not read one by one. */
const MOST_SINGLE_READS = 20;

/**
 * Milliseconds between two reads of the whole fleet, for each of its pages. Neither restarts nor a change of the reason are
 * announced. One machine has the time for that; on AWS each page costs an invocation.
 */
const PAUSE_PER_PAGE = { live: 3_000, polling: 10_000 } as const;

/** The tenants that are known, by id. It outlives the room, so that coming back shows it at once. */
export const rows = signal<ReadonlyMap<string, Row>>(new Map());

/** True once the whole fleet has been read. */
export const isComplete = signal(false);

/** Why the latest read failed. */
export const fleetError = signal<RequestError | undefined>(undefined);

let isWalking = false;
let walkedAt = 0;

/** Keeps the fleet fresh until the function that it returns is called. */
export function followFleet(): () => void {
  const controller = new AbortController();
  const { signal: ended } = controller;
  const unlisten = onChange((change) => void apply(change, ended));
  const tick = () => {
    const pages = Math.max(1, Math.ceil(rows.value.size / PAGE));
    const pause = pages * PAUSE_PER_PAGE[connection.value === 'live' ? 'live' : 'polling'];
    if (isVisible.value && Date.now() - walkedAt >= pause) walk(ended);
  };
  const timer = setInterval(tick, 1_000);
  walk(ended);
  return () => {
    clearInterval(timer);
    unlisten();
    controller.abort();
    isWalking = false;
  };
}

async function apply({ tenantIds }: Change, ended: AbortSignal): Promise<void> {
  if (tenantIds === 'any' || tenantIds.length > MOST_SINGLE_READS) return walk(ended);
  const read = await Promise.all(tenantIds.map((id) => readTenant(id, ended)));
  if (ended.aborted) return;
  const next = new Map(rows.value);
  for (const [index, id] of tenantIds.entries()) {
    const row = read[index];
    if (row === 'gone') next.delete(id);
    else if (row) next.set(id, row);
  }
  rows.value = next;
}

/** Returns the row of a tenant, `gone`, or undefined if it could not be read: then the next walk brings it. */
async function readTenant(tenant_id: string, ended: AbortSignal): Promise<Row | 'gone' | undefined> {
  try {
    const path = { params: { path: { tenant_id } }, signal: ended };
    const tenant = await read(http.GET('/v1/tenants/{tenant_id}', path));
    return tenant.phase === 'destroyed' ? 'gone' : tenantToRow(tenant);
  } catch (error) {
    return error instanceof RequestError && error.status === 404 ? 'gone' : undefined;
  }
}

/** Reads all pages, one after the other, and shows what has come a few times a second. Joins a walk that is under way. */
function walk(ended: AbortSignal): void {
  walkedAt = Date.now();
  if (isWalking) return;
  isWalking = true;
  void readPages(ended).finally(() => {
    if (!ended.aborted) isWalking = false;
  });
}

async function readPages(ended: AbortSignal): Promise<void> {
  const seen = new Set<string>();
  const before = new Set(rows.value.keys());
  let arrived: Row[] = [];
  let shownAt = 0;
  try {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
      const page = await read(http.GET('/v1/tenants', { params: { query }, signal: ended }));
      fleetError.value = undefined;
      cursor = page.next_cursor;
      const living = page.tenants.filter(({ phase }) => phase !== 'destroyed');
      for (const { tenant_id } of living) seen.add(tenant_id);
      arrived.push(...living.map(toRow));
      if (cursor === null || Date.now() - shownAt >= SHOW_EVERY) {
        rows.value = new Map([...rows.value, ...arrived.map((row) => [row.tenant_id, row] as const)]);
        arrived = [];
        shownAt = Date.now();
      }
    }
    // What was added meanwhile by a change may be on a page that had been read already.
    rows.value = new Map([...rows.value].filter(([id]) => seen.has(id) || !before.has(id)));
    isComplete.value = true;
  } catch (error) {
    if (!ended.aborted) fleetError.value = asRequestError(error);
  }
}
