import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Subject } from './harness.ts';

export interface GoPeer {
  version: string;
  /** One of the subjects in `bench/go/main.go`. */
  subject(name: string, title: string): Subject;
  close(): void;
}

/** A Go program that does the same, where Go is on the PATH. It takes its turns like any other subject. */
export function startGoPeer(body: string): GoPeer | undefined {
  const { status, stdout } = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-go-'));
  const program = join(folder, 'peer');
  const cwd = new URL('go', import.meta.url).pathname;
  const built = spawnSync('go', ['build', '-o', program, '.'], { cwd, encoding: 'utf8', timeout: 120_000 });
  if (built.status !== 0) throw new Error(`bench/go does not build: ${built.stderr}`);
  const child = spawn(program, [body], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    version: stdout.trim().replace('go version ', ''),
    subject: (name, title) => ({
      name: title,
      async run(times) {
        child.stdin.write(`${name} ${times}\n`);
        const { done, value } = await answers.next();
        if (done) throw new Error(`the Go program ended instead of running ${name}`);
        return Number(value) / 1e6;
      },
    }),
    close() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
