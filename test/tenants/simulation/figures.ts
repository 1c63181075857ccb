import { faults } from './environment/faults.ts';
import { violations } from './environment/ledger.ts';
import { interferences } from './programs/interference.ts';
import { failureKinds, type Tally } from './tally.ts';

const crashTitles = {
  F01: 'killed before the intent was recorded',
  F02: 'killed after that, before the provider was called',
  F03: 'killed after that, before the result was recorded',
  F04: 'killed after that, before it was announced',
  F05: 'killed after that, before that was recorded',
  F06: 'killed while something was undone or corrected',
  F07: 'out of time: told to stop, and killed a few requests later',
};

const otherTitles = {
  ...Object.fromEntries(Object.values(interferences).map(({ number, title }) => [number, title])),
  F44: 'a sweep began while another one of its process was running',
  F45: 'a process started with a clock five minutes off',
  F52: 'an index gives an old answer',
  F101: 'another installation has resources on the same backend',
  F102: 'the table is empty under what runs, with and without the identity of the installation',
  F105: 'the provider is down for longer than the deadline of an operation',
  F106: 'an unreadable row is at the head of the work',
  F123: 'a tenant falls ill, is well again or restarts by itself, and no event tells of it',
  F107: 'a clock jumps by an hour or a day, ahead or back, and is corrected later',
};

const kindTitles = {
  ...violations,
  ended_otherwise: 'a bad delivery ended in another state than the delivery in order',
  threw: 'a run did not end',
};

/** Returns the figures of a campaign as text. `cpu`: the CPU time of the process, in seconds. */
export function figuresOf(tally: Tally, { seconds, cpu }: { seconds: number; cpu: number }): string {
  const { runs, requests, operations, rollouts, randomPrograms, failures } = tally;
  const { deliveredPrograms, deliveries, dropped } = tally;
  const crashes = Object.keys(crashTitles).reduce((sum, number) => sum + (tally.faults[number] ?? 0), 0);
  const titles = {
    ...crashTitles,
    ...otherTitles,
    ...Object.fromEntries(faults.map((one) => [one.number, one.title])),
  };
  const struck = Object.entries(titles).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    row(runs, 'runs, each with its own table, provider and clock'),
    row(requests, 'requests to the table, to providers and to consumers'),
    row(operations, 'operations'),
    row(rollouts, 'rollouts'),
    row(randomPrograms, 'random programs'),
    row(deliveredPrograms, 'programs of messages, delivered in order and badly'),
    row(deliveries, 'bad deliveries of their messages'),
    row(dropped, 'deliveries that were not repeated although their handler was killed'),
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
