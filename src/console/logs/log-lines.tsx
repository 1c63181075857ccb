import { exactTime } from '../components/relative-time.ts';
import type { NumberedLine } from './numbered-line.ts';
import { visibleText } from './visible-text.ts';

interface LogLinesProps {
  lines: readonly NumberedLine[];
  withTime: boolean;
  withContainer: boolean;
}

/** Draws lines of logs as text, whatever they contain. */
export function LogLines({ lines, withTime, withContainer }: LogLinesProps) {
  return (
    <>
      {lines.map(({ number, container, time, text }) => (
        <div key={number} class="log-line">
          {withTime && (
            <time class="log-time" dateTime={time} title={time && exactTime(time)}>
              {time ? clockTime(time) : '–'}
            </time>
          )}
          {withContainer && <span class="log-container">{container}</span>}
          <span class="log-text">{visibleText(text)}</span>
        </div>
      ))}
    </>
  );
}

/** Returns the local time of day, to the millisecond. */
function clockTime(time: string): string {
  const at = new Date(time);
  return `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
