import { measureColdStarts } from './cold-start.ts';
import { measureCommandLine } from './command-line.ts';
import { handlerRows } from './handlers.ts';
import { formatResults, machine, measure } from './harness.ts';
import { measureLocalHost } from './local-host.ts';
import { measureProcessTenants } from './process-tenants.ts';

/** `npm run bench`: prints each measured subject beside its floor, as a ratio of medians from one run. */
async function main(): Promise<void> {
  process.stdout.write(`${machine()}\nMedians; each subject and its floor alternate in one run.\n\n`);
  const results = await measure(await handlerRows());
  const host = await measureLocalHost();
  const processes = [
    ...(await measureColdStarts()),
    ...(await measureCommandLine()),
    ...(await measureProcessTenants()),
  ];
  process.stdout.write(`${formatResults([...results, host, ...processes])}\n`);
}

await main();
