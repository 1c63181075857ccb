import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../test/support/cloud-assembly.ts';

/** The longest time of `cdk synth` on an idle machine. Seconds. */
const BUDGET = 15;

/** The fastest of these attempts counts, because the machine may be busy. */
const ATTEMPTS = 3;

let fastest = Number.POSITIVE_INFINITY;
for (let n = 0; n < ATTEMPTS && fastest > BUDGET; n += 1) fastest = Math.min(fastest, await timeSynth());
process.stdout.write(`cdk synth without network and Docker: ${fastest.toFixed(1)} s of ${BUDGET} s\n`);
if (fastest > BUDGET) process.exitCode = 1;

/** Returns seconds. */
async function timeSynth(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'berth-synth-'));
  try {
    const startedAt = performance.now();
    await synthesize(directory, { providers: { memory: { type: 'memory' } } });
    return (performance.now() - startedAt) / 1000;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
