import { spawn, spawnSync } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { untilListening } from './child.ts';
import { send, temporaryDirectory } from './fixture.ts';

const MAIN = fileURLToPath(new URL('../../../infra/local/main.ts', import.meta.url));
const env = { PATH: process.env.PATH, BERTH_PROVIDERS: '{"process":{"type":"process","stop_grace_seconds":1}}' };

function specOf(script: string, more: object = {}) {
  return {
    tenant_id: 'acme',
    provider_type: 'process',
    containers: [{ name: 'web', image: 'example/app:1', command: ['sh', '-c', script], ...more }],
    resources: { cpu: 250, memory: 128 },
  };
}

/** Starts a host by a command of one's own, and ends it and what it wrote. */
function start(command: string, args: string[], stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'pipe', 'pipe']) {
  const child = spawn(command, args, { env, stdio });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  const { promise: ended, resolve } = Promise.withResolvers<number | null>();
  child.on('close', resolve);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { process: child, output: () => output, ended };
}

test.skipIf(process.platform !== 'linux')(
  'tenants and health checks inherit nothing that the host has open',
  async () => {
    const dataDir = temporaryDirectory();
    const held = join(dataDir, 'held-by-the-host');
    const file = openSync(held, 'w');
    // Node itself marks the first descriptors, up to a gap.
    const gap = Array.from({ length: 40 }, () => 'ignore' as const);
    const stdio = ['ignore', 'pipe', 'pipe', file, ...gap, file] as const;
    const host = start(process.execPath, [MAIN, '--port', '0', '--data-dir', dataDir], [...stdio]);
    const url = await untilListening(host);
    const list = (name: string) => `for f in /proc/$$/fd/*; do readlink $f; done > ${join(dataDir, name)}; true`;
    const check = { type: 'exec', command: ['sh', '-c', list('check')], interval_seconds: 5, timeout_seconds: 4 };
    const body = specOf(`${list('tenant')}; exec sleep 1000`, { health_check: check });
    await send(url, 'POST', '/v1/tenants', { body });
    const state = async () => (await send(url, 'GET', '/v1/tenants/acme/status')).body.state;
    await expect.poll(state, { timeout: 20_000 }).toBe('running');
    for (const name of ['tenant', 'check']) {
      const opened = readFileSync(join(dataDir, name), 'utf8').trim().split('\n');
      expect(opened.filter((path) => /held-|berth\.|socket:/.test(path))).toEqual([]);
      expect(opened.length).toBeLessThanOrEqual(5); // three, and what the shell and its loop use meanwhile
    }
    await send(url, 'DELETE', '/v1/tenants/acme');
  },
);

const namespace = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const canIsolate = spawnSync('unshare', [...namespace, 'true']).status === 0;
if (!canIsolate) process.stdout.write('skipped: this user cannot make a process namespace (unshare --pid --fork)\n');

test.skipIf(!canIsolate)('as process 1 of a container, Berth leaves no zombies and ends at a signal', async () => {
  const args = [...namespace, process.execPath, MAIN, '--port', '0', '--data-dir', temporaryDirectory()];
  const host = start('unshare', args);
  const url = await untilListening(host);
  // Each orphan becomes a child of process 1.
  const body = specOf('for i in 1 2 3; do (sh -c "sleep 0.01 & exit 0" &); done; exec sleep 1000');
  await send(url, 'POST', '/v1/tenants', { body });
  const inside = () => descendantsOf(host.process.pid ?? 0);
  expect(inside().length).toBeGreaterThan(2);
  await expect.poll(() => inside().filter(({ state }) => state === 'Z')).toEqual([]);
  expect((await send(url, 'DELETE', '/v1/tenants/acme')).status).toBeLessThan(300);
  await expect.poll(() => inside().filter(({ state }) => state === 'Z')).toEqual([]);
  const [first] = inside();
  process.kill(first?.pid ?? 0, 'SIGTERM');
  expect(await host.ended).toBe(0);
  expect(host.output()).toContain('Berth has stopped');
});

function descendantsOf(parent: number): { pid: number; state: string }[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [state = '', ppid] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        return [{ pid: Number(name), state, ppid: Number(ppid) }];
      } catch {
        return [];
      }
    });
  const childrenOf = (pid: number): typeof all =>
    all.filter(({ ppid }) => ppid === pid).flatMap((child) => [child, ...childrenOf(child.pid)]);
  return childrenOf(parent);
}
