import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { RequestError } from '../../api/problem.ts';
import { isVisible } from '../../live/visibility.ts';
import type { NumberedLine } from '../../logs/numbered-line.ts';
import { followLogs } from './follow-logs.ts';
import { withLines } from './log-buffer.ts';

interface Logs {
  lines: Signal<readonly NumberedLine[]>;
  /** True once the first page has been read, with or without lines. */
  isRead: Signal<boolean>;
  error: Signal<RequestError | undefined>;
}

/** Follows the logs of a tenant while the room is open and visible. A pause keeps the place at which it goes on. */
export function useLogs(tenantId: string, isPaused: boolean): Logs {
  const lines = useSignal<readonly NumberedLine[]>([]);
  const isRead = useSignal(false);
  const error = useSignal<RequestError | undefined>(undefined);
  const cursor = useRef<Promise<string | undefined>>(Promise.resolve(undefined));
  const isFollowing = isVisible.value && !isPaused;
  useEffect(() => {
    if (!isFollowing) return;
    const controller = new AbortController();
    const { signal } = controller;
    const onLines = (added: Parameters<typeof withLines>[1]) => {
      lines.value = withLines(lines.value, added);
    };
    const onError = (failure: RequestError | undefined) => {
      error.value = failure;
      if (!failure) isRead.value = true;
    };
    cursor.current = cursor.current.then((from) => followLogs({ tenantId, from }, { onLines, onError }, signal));
    return () => controller.abort();
  }, [tenantId, isFollowing]);
  return { lines, isRead, error };
}
