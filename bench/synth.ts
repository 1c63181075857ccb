import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../test/support/cloud-assembly.ts';

/** How long a user waits for `cdk synth`, at most, where nothing else keeps the machine busy. Seconds. */
const BUDGET = 15;

const directory = mkdtempSync(join(tmpdir(), 'berth-synth-'));
try {
  const begun = performance.now();
  await synthesize(directory, { providers: { memory: { type: 'memory' } } });
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(`cdk synth, without network and Docker: ${seconds.toFixed(1)} s of ${BUDGET} s\n`);
  if (seconds > BUDGET) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
