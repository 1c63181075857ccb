import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, type Ratio } from './harness.ts';
import { startProcess } from './start-process.ts';

const ROUNDS = 25;
const root = fileURLToPath(new URL('..', import.meta.url));

/** Compares whole processes of the packed command line, which take turns with a process of Node that does nothing. */
export async function measureCommandLine(): Promise<Ratio[]> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  const dataDir = join(folder, 'data');
  const berth = makePackage(folder);
  const host = await startProcess(['infra/local/main.ts', '--port', '0', '--data-dir', dataDir]);
  try {
    const commands = { nothing: ['-e', '0'], version: [berth, '--version'], list: [berth, 'get', 'tenants'] };
    const samples: Record<keyof typeof commands, number[]> = { nothing: [], version: [], list: [] };
    const names = Object.keys(commands) as (keyof typeof commands)[];
    // The first round fills the cache of compiled code.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const name of names) {
        const ms = millisecondsOf(commands[name], host.url);
        if (round > 0) samples[name].push(ms);
      }
    }
    const floorMs = median(samples.nothing);
    const floor = `node -e 0, ${Math.round(floorMs)} ms`;
    return [
      { name: 'berth --version', floor, ratio: median(samples.version) / floorMs, goal: 2.5 },
      { name: 'berth get tenants', floor, ratio: median(samples.list) / floorMs, goal: 4 },
    ];
  } finally {
    await host.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds the package with the dependencies of the clone. Returns the path of its command. */
function makePackage(folder: string): string {
  const packages = join(folder, 'packages');
  execFileSync(process.execPath, [join(root, 'infra/package/main.ts'), packages]);
  symlinkSync(join(root, 'node_modules'), join(packages, 'berth/node_modules'));
  return join(packages, 'berth/src/cli/berth.mjs');
}

function millisecondsOf(words: readonly string[], url: string): number {
  const env = { PATH: process.env.PATH, HOME: tmpdir(), BERTH_ENDPOINT: url };
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - startedAt;
}
