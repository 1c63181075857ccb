import { useComputed } from '@preact/signals';
import { now } from '../live/clock.ts';
import { exactTime, relativeTime } from './relative-time.ts';

interface AgoProps {
  at: string;
  /** Behind the distance, such as ` ago`. */
  suffix?: string;
}

/** Shows how long ago something was, second by second, and the exact time on hover. */
export function Ago({ at, suffix = '' }: AgoProps) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      <Distance key={at} at={at} />
      {suffix}
    </time>
  );
}

/** Only this text is written again when the clock ticks. */
function Distance({ at }: { at: string }) {
  const text = useComputed(() => relativeTime(at, now.value));
  return <>{text}</>;
}
