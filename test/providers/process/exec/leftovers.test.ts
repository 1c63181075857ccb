import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'vitest';
import { isRunning, it, specOf, worker } from '../lab.ts';

const HOST = join(import.meta.dirname, 'killed-host.ts');

it('the next host ends the programs of sessions whose host was killed, and keeps the containers', async ({ lab }) => {
  const first = lab.provider({ exec: true });
  await first.start?.();
  await first.provision(specOf([worker()]));
  await first.close?.();
  const host = spawn(process.execPath, [HOST, lab.dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  host.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await expect.poll(() => printed.trim().split(/\s+/).filter(Boolean).length).toBe(2);
  const pids = printed.trim().split(/\s+/).map(Number);
  host.kill('SIGKILL');
  await once(host, 'exit');
  const container = await lab.pidOf('worker');
  const next = lab.provider({ exec: true });
  await next.start?.();
  for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
  expect(await isRunning(container)).toBe(true);
});
