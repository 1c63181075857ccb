import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runRounds } from './rounds.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const dataDir = await mkdtemp(join(tmpdir(), 'berth-sigkill-'));
const startedAt = performance.now();
process.stdout.write(`SIGKILL of the local host under load: ${values.rounds} rounds, seed ${seed}\n`);
const figures = await runRounds({ dataDir, rounds: Number(values.rounds), random: mulberry32(seed) });
for (const [name, value] of Object.entries(figures))
  process.stdout.write(`  ${name.padEnd(10)}${String(value).padStart(6)}\n`);
process.stdout.write(`  seconds   ${String(Math.round((performance.now() - startedAt) / 1000)).padStart(6)}\n`);
const isClean = figures.leaked + figures.missing + figures.wrong === 0;
if (isClean) await rm(dataDir, { recursive: true, force: true });
else process.stdout.write(`Not clean. The data directory is kept: ${dataDir}\n`);
process.exitCode = isClean ? 0 : 1;

/** Returns a small seeded generator (Tommy Ettinger's mulberry32, public domain). */
function mulberry32(state: number): () => number {
  let a = state;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
