import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOCAL_ENDPOINT } from '../../../src/cli/endpoint.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const bin = join(root, 'src/cli/berth.mjs');
const DEV = 'npx berth dev';
/** The port of the front door that a user has. */
const FRONT_DOOR = '.localhost:8788';
const READY = /Berth is listening on (http:\S+)/;
const READY_MS = 30_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern exists to remove them.
const ESCAPES = /\u001b\[[0-9;]*m/g;

/**
 * Runs the commands of a page as a new user would, in one folder. `npx berth` runs this command line, and
 * `npx berth dev` keeps running beside the others. Returns the output of each command, with colours.
 */
export async function runSteps(commands: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-page-'));
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
  let dev: ChildProcess | undefined;
  let endpoint = LOCAL_ENDPOINT;
  const outputs: string[] = [];
  try {
    for (const command of commands) {
      if (command === DEV) {
        const started = await startDev(folder);
        ({ dev, endpoint } = started);
        outputs.push(started.output);
      } else outputs.push((await runInShell(command, folder, endpoint)).replaceAll(folder, '.').trimEnd());
    }
    return outputs.map((output) =>
      output.replaceAll(endpoint, LOCAL_ENDPOINT).replace(/\.localhost:[0-9]+/g, FRONT_DOOR),
    );
  } finally {
    await end(dev);
    rmSync(folder, { recursive: true, force: true });
  }
}

function environmentOf(folder: string, endpoint: string): NodeJS.ProcessEnv {
  // No contexts or tokens of the user who records.
  const path = `${join(root, 'node_modules/.bin')}:/usr/local/bin:/usr/bin:/bin`;
  return {
    PATH: path,
    HOME: folder,
    BERTH_ENDPOINT: endpoint,
    FORCE_COLOR: '1',
    COLUMNS: '112',
    BERTH: bin,
    NODE: process.execPath,
  };
}

async function runInShell(command: string, folder: string, endpoint: string): Promise<string> {
  const script = `npx() { shift; "$NODE" "$BERTH" "$@"; }\nexec 2>&1\n${command}`;
  const child = spawn('/bin/bash', ['-c', script], {
    cwd: folder,
    env: environmentOf(folder, endpoint),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return (await child.stdout.setEncoding('utf8').toArray()).join('');
}

async function startDev(folder: string): Promise<{ dev: ChildProcess; endpoint: string; output: string }> {
  const { BERTH_ENDPOINT: _, ...env } = environmentOf(folder, '');
  const dev = spawn(process.execPath, [bin, 'dev', '--port', '0'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => reject(new Error(`the control plane did not start; its output:\n${output}`)),
    READY_MS,
  );
  for (const stream of [dev.stdout, dev.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const url = READY.exec(output)?.[1];
      if (url && /open hello/.test(output)) resolve(url);
    });
  }
  const endpoint = await promise;
  clearTimeout(timer);
  // On the default port there is nothing to export.
  const shown = output.split('\n').filter((line) => !line.includes('export BERTH_ENDPOINT'));
  return { dev, endpoint, output: shown.join('\n').trim() };
}

async function end(dev: ChildProcess | undefined): Promise<void> {
  if (!dev || dev.exitCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  dev.on('close', () => resolve());
  dev.kill('SIGTERM');
  await promise;
}

/** Removes colours from an output. */
export function withoutColours(output: string): string {
  return output.replace(ESCAPES, '');
}
