import { measureColdStarts } from './cold-start.ts';
import { coreRows } from './core.ts';
import { startGoPeer } from './go-peer.ts';
import { machine, measure, toLines } from './harness.ts';
import { measureLocalHost } from './local-host.ts';
import { spec } from './spec.ts';
import { worstSpecRows } from './worst-spec.ts';

/** `npm run bench`: everything that has a floor or a peer, as ratios. */
async function main(): Promise<void> {
  const peer = startGoPeer(JSON.stringify(spec));
  const about = [machine(), peer ? peer.version : 'no Go on the PATH: its rows are left out'].join('; ');
  process.stdout.write(`${about}\nEach row and its floor in turn, in one run; medians.\n\n`);
  try {
    const results = await measure([...(await coreRows(peer)), ...worstSpecRows()]);
    process.stdout.write(`${toLines([...results, await measureLocalHost(), ...(await measureColdStarts())])}\n`);
  } finally {
    peer?.close();
  }
}

await main();
