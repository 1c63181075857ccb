import { setTimeout as sleep } from 'node:timers/promises';
import type { Rollout, RolloutPhase } from '../../client/types.ts';
import { exitCodes } from '../exit-codes.ts';
import { printData } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { isAtRest, toBoard, toLine } from './board.ts';

/** Pause between reads of a rollout that is followed. Milliseconds. */
const PAUSE_MS = 1000;

/** Prints a rollout, or follows it until it rests. Returns the exit code: 1 where it halted short of its goal. */
export async function conclude(
  session: Session,
  rollout: Rollout,
  { watch = false, goal = 'succeeded' }: { watch?: boolean | undefined; goal?: RolloutPhase | undefined },
): Promise<number> {
  const { terminal, options } = session;
  const last = watch ? await follow(session, rollout) : rollout;
  const isData = await printData(session, last);
  if (options.output === 'name') terminal.print(toSafeLine(last.rollout_id));
  else if (!isData) terminal.print(toBoard(last, terminal.columns));
  if (!watch || last.phase === goal || last.phase === 'waiting') return exitCodes.done;
  return exitCodes.failed;
}

/** Shows each state of a rollout: as a board that is drawn again on a terminal, as lines elsewhere. */
async function follow(session: Session, first: Rollout): Promise<Rollout> {
  const { terminal, signal } = session;
  const client = await session.connect();
  const { live } = terminal;
  let drawn = 0;
  let shown = '';
  for (let rollout = first; ; rollout = (await client.getRollout(first.rollout_id, { signal })).data) {
    const text = live ? toBoard(rollout, terminal.columns) : toLine(rollout);
    if (live && text !== shown) {
      live.stream.write(`${erase(drawn)}${live.render(text)}\n`);
      drawn = text.split('\n').length;
    } else if (text !== shown) terminal.note(text);
    shown = text;
    if (isAtRest(rollout)) {
      if (live) live.stream.write(erase(drawn));
      return rollout;
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

/** Returns the control sequence that removes so many lines above the cursor. */
function erase(lines: number): string {
  return lines === 0 ? '' : `\u001b[${lines}A\u001b[0J`;
}
