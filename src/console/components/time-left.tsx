import { useComputed } from '@preact/signals';
import { now } from '../live/clock.ts';
import { exactTime, timeLeft } from './relative-time.ts';

/** Counts down to a time, second by second, with the exact time on hover. */
export function TimeLeft({ until }: { until: string }) {
  return (
    <time class="time-left" dateTime={until} title={exactTime(until)}>
      <Countdown key={until} until={until} />
    </time>
  );
}

function Countdown({ until }: { until: string }) {
  const text = useComputed(() => timeLeft(until, now.value) || 'no time');
  return <>{text} left</>;
}
