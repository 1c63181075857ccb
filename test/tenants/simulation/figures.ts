import { faults } from './faults.ts';
import { violations } from './ledger.ts';
import { meddlings } from './meddling.ts';
import { failureKinds, type Tally } from './tally.ts';

const crashTitles = {
  F01: 'killed before the intent was recorded',
  F02: 'killed after that, before the provider was asked',
  F03: 'killed after that, before the result was recorded',
  F04: 'killed after that, before it was announced',
  F05: 'killed after that, before that was recorded',
  F06: 'killed while something was undone or put right',
  F07: 'out of time: told to stop, and killed a few requests later',
};

const otherTitles = {
  ...Object.fromEntries(Object.values(meddlings).map(({ number, title }) => [number, title])),
  F44: 'a sweep began while another of its process went on',
  F45: 'a process began whose clock was five minutes off',
  F52: 'an index answers what was there a while ago',
};

const kindTitles = {
  ...violations,
  ended_otherwise: 'a delivery ended otherwise than the delivery in order',
  threw: 'a run came to no end',
};

/** What a campaign came to, for people. `cpu`: seconds that the cores were at work for it, whatever else they had to do. */
export function figuresOf(tally: Tally, { seconds, cpu }: { seconds: number; cpu: number }): string {
  const { runs, requests, operations, randomPrograms, deliveredPrograms, deliveries, dropped, failures } = tally;
  const crashes = Object.keys(crashTitles).reduce((sum, number) => sum + (tally.faults[number] ?? 0), 0);
  const titles = {
    ...crashTitles,
    ...otherTitles,
    ...Object.fromEntries(faults.map((one) => [one.number, one.title])),
  };
  const struck = Object.entries(titles).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    row(runs, 'runs, each of a world of its own'),
    row(requests, 'requests to the table, to providers and to listeners'),
    row(operations, 'operations'),
    row(randomPrograms, 'random programs'),
    row(deliveredPrograms, 'programs delivered in order, and then badly'),
    row(deliveries, 'deliveries of their messages'),
    row(dropped, 'deliveries never repeated though their handler was killed'),
    row(crashes, 'crash points'),
    '',
    ...struck.map(([number, title]) => row(tally.faults[number] ?? 0, `${number} ${title}`)),
    '',
    ...failureKinds.map((kind) =>
      row(failures.filter((one) => one.kind === kind).length, `${kind}: ${kindTitles[kind]}`),
    ),
    '',
    row(Math.round(seconds), 'seconds'),
    row(Math.round(cpu), 'seconds of CPU'),
  ].join('\n');
}

function row(count: number, what: string): string {
  return `${count.toLocaleString('en-US').padStart(9)}  ${what}`;
}
