import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Provider } from '../../../../src/compute/provider.ts';
import { TENANT_LOG_BYTES } from '../../../../src/providers/process/logs/log-writer.ts';
import { isRunning, it, type Lab, QUICK, specOf } from '../lab.ts';

const HOST = join(import.meta.dirname, '../supervise/host.ts');

function shell(script: string) {
  return specOf([{ name: 'worker', command: ['sh', '-c', script] }]);
}

async function textsOf(provider: Provider, tail = 1000): Promise<string[]> {
  return ((await provider.logs?.('acme', { tail }))?.lines ?? []).map(({ text }) => text);
}

/** Returns the pid of the copier of a lab; undefined if it has ended. */
function copierOf(lab: Lab): number | undefined {
  const folder = join(lab.dir, 'process');
  return readdirSync('/proc')
    .map(Number)
    .find((pid) => pid > 0 && commandOf(pid).endsWith(`copier.ts\0${folder}\0`));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function startHost(lab: Lab, script: string): Promise<ChildProcess> {
  const args = [lab.dir, shell(script), QUICK].map((value) => JSON.stringify(value));
  const host = spawn(process.execPath, [HOST, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(host.stdout ?? host, 'data');
  return host;
}

async function kill(host: ChildProcess): Promise<void> {
  host.kill('SIGKILL');
  await once(host, 'exit');
}

describe('the output of a container', () => {
  it('is a pipe', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(shell('exec sleep 1000'));
    const pid = await lab.pidOf('worker');
    for (const descriptor of [1, 2]) expect(statSync(`/proc/${pid}/fd/${descriptor}`).isFIFO()).toBe(true);
    expect(readlinkSync(`/proc/${pid}/fd/0`)).toBe('/dev/null');
  });

  it('is kept whatever way a program opens it', async ({ lab }) => {
    const provider = lab.provider();
    const script =
      'echo one; echo two > /dev/stderr; echo three | tee /dev/stderr; echo four > /dev/stdout; exec sleep 1000';
    await provider.provision(shell(script));
    await expect.poll(() => textsOf(provider)).toEqual(['one', 'two', 'three', 'three', 'four']);
  });

  it('is copied while no host runs, within the limit, and nothing in between is lost', async ({ lab }) => {
    const go = join(lab.dir, 'go');
    // 12 MB of numbered lines once the host is gone.
    const write = 'awk \'BEGIN { for (i = 1; i <= 30000; i++) printf "%06d %400s\\n", i, "" }\'';
    await kill(
      await startHost(lab, `while ! test -e ${go}; do sleep 0.02; done; ${write}; echo done; exec sleep 1000`),
    );
    await writeFile(go, '');
    const provider = lab.provider();
    await expect.poll(() => textsOf(provider, 1), { timeout: 30_000 }).toEqual(['done']);
    const logs = join(lab.dir, 'process/acme/logs');
    const names = readdirSync(logs).filter((name) => name.includes('.log'));
    const sizes = names.map((name) => statSync(join(logs, name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(TENANT_LOG_BYTES);
    const ordered = names.sort((one, other) => other.length - one.length);
    const text = ordered.map((name) => readFileSync(join(logs, name), 'latin1')).join('');
    const numbers = text.match(/^\d{6}(?= )/gm) ?? [];
    const first = Number(numbers[0]);
    expect(first).toBeLessThan(20_000);
    expect(numbers.map(Number)).toEqual(Array.from({ length: 30_001 - first }, (_, index) => first + index));
  });
});

describe('the log copier', () => {
  it('is replaced when it is killed, and containers neither end nor lose what they write meanwhile', async ({
    lab,
  }) => {
    const provider = lab.provider();
    await provider.start?.();
    const [kick, more] = [join(lab.dir, 'kick'), 'x'.repeat(100)];
    const await_ = (file: string) => `while ! test -e ${file}; do sleep 0.02; done`;
    await provider.provision(
      shell(
        `echo before; ${await_(kick)}; for i in $(seq 2000); do echo ${more} $i; done; echo after; exec sleep 1000`,
      ),
    );
    await expect.poll(() => textsOf(provider)).toEqual(['before']);
    const pid = await lab.pidOf('worker');
    process.kill(copierOf(lab) ?? 0, 'SIGKILL');
    await writeFile(kick, ''); // 200 KB, more than a pipe holds
    await expect.poll(() => textsOf(provider, 1)).toEqual(['after']);
    const numbers = (await textsOf(provider, 1000)).map((line) => Number(line.split(' ')[1]));
    expect(numbers.slice(0, -1)).toEqual(Array.from({ length: 999 }, (_, index) => index + 1002));
    expect(await lab.pidOf('worker')).toBe(pid);
    expect(await isRunning(pid)).toBe(true);
  });

  it('ends when the host and all containers have', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(shell('exec sleep 1000'));
    const copier = copierOf(lab) ?? 0;
    await provider.close?.();
    expect(await isRunning(copier)).toBe(true);
    process.kill(await lab.pidOf('worker'), 'SIGKILL');
    await expect.poll(() => isRunning(copier)).toBe(false);
    expect(existsSync(join(lab.dir, 'process/.locks/.copier'))).toBe(false);
  });
});
