import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import type { Tenant } from '../../api/types.ts';
import { Choice } from '../../components/choice.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { useShortcuts } from '../../keyboard/keyboard.ts';
import { LogLines } from '../../logs/log-lines.tsx';
import { TenantFrame } from '../../shell/tenant-frame.tsx';
import { filterLines, type LogFilters } from './log-buffer.ts';
import { useLogs } from './use-logs.ts';

/** The logs of a tenant as they are written: by container, with a search and a pause. */
export function LogsRoom() {
  const tenantId = useRoute().params.tenant_id ?? '';
  return <TenantFrame tenantId={tenantId}>{(tenant) => <Logs key={tenantId} tenant={tenant} />}</TenantFrame>;
}

function Logs({ tenant: { tenant_id, spec } }: { tenant: Tenant }) {
  const { query, path, route } = useLocation();
  const filters: LogFilters = { search: query.q ?? '', container: query.container ?? '' };
  const isPaused = useSignal(false);
  const withTime = useSignal(true);
  const search = useRef<HTMLInputElement>(null);
  const { lines, isRead, error } = useLogs(tenant_id, isPaused.value);
  const shown = filterLines(lines.value, filters);
  const hasTimes = lines.value.some(({ time }) => time !== undefined);
  const containers = spec.containers.map(({ name }) => name);
  const apply = ({ search: q, container }: LogFilters) => {
    const given = new URLSearchParams({ ...(q && { q }), ...(container && { container }) }).toString();
    route(given === '' ? path : `${path}?${given}`, true);
  };
  const togglePause = () => {
    isPaused.value = !isPaused.value;
  };
  useShortcuts([
    { key: '/', does: 'Search', run: () => search.current?.focus() },
    { key: 'p', does: 'Pause or go on', run: togglePause },
  ]);
  return (
    <div class="logs">
      <div class="logs-bar">
        <input
          ref={search}
          type="search"
          placeholder="Search   /"
          aria-label="Search in the lines"
          spellcheck={false}
          autocomplete="off"
          value={filters.search}
          onInput={(event) => apply({ ...filters, search: event.currentTarget.value })}
        />
        {containers.length > 1 && (
          <Choice
            label="Container"
            every="Every container"
            values={containers}
            value={filters.container}
            onChoose={(container = '') => apply({ ...filters, container })}
          />
        )}
        <button type="button" class="button" aria-pressed={isPaused.value} onClick={togglePause}>
          {isPaused.value ? 'Go on' : 'Pause'} <kbd>p</kbd>
        </button>
        {hasTimes && (
          <label class="logs-times">
            <input
              type="checkbox"
              checked={withTime.value}
              onChange={(event) => {
                withTime.value = event.currentTarget.checked;
              }}
            />
            Times
          </label>
        )}
        <span class="quiet" role="status">
          {statusOf(shown.length, lines.value.length, isPaused.value)}
        </span>
      </div>
      {error.value && <ProblemNote title="The logs could not be read" error={error.value} />}
      <FollowingBox count={shown.at(-1)?.number ?? 0}>
        <LogLines
          lines={shown}
          withTime={hasTimes && withTime.value}
          withContainer={containers.length > 1 && filters.container === ''}
        />
        {isRead.value && shown.length === 0 && (
          <p class="empty">{lines.value.length === 0 ? 'Nothing has been written yet.' : 'No line matches.'}</p>
        )}
      </FollowingBox>
    </div>
  );
}

function statusOf(shown: number, all: number, isPaused: boolean): string {
  const format = (count: number) => count.toLocaleString('en');
  const counted = shown === all ? format(all) : `${format(shown)} of ${format(all)}`;
  return `${counted} ${all === 1 ? 'line' : 'lines'}${isPaused ? ', paused' : ''}`;
}

interface FollowingBoxProps {
  /** Grows with each line. */
  count: number;
  children: ComponentChildren;
}

/** Stays at its end while lines arrive, unless a person has scrolled up. */
function FollowingBox({ count, children }: FollowingBoxProps) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useSignal(true);
  const toEnd = () => box.current?.scrollTo(0, box.current.scrollHeight);
  useLayoutEffect(() => {
    if (isAtEnd.peek()) toEnd();
  }, [count]);
  const look = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: { currentTarget: HTMLDivElement }) => {
    isAtEnd.value = scrollTop + clientHeight >= scrollHeight - 24;
  };
  return (
    <div class="logs-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is scrolled by keyboard, too. */}
      <div class="logs-box" ref={box} onScroll={look} role="log" aria-live="off" aria-label="Lines" tabIndex={0}>
        {children}
      </div>
      {!isAtEnd.value && (
        <button type="button" class="button logs-end" onClick={toEnd}>
          Newest lines
        </button>
      )}
    </div>
  );
}
