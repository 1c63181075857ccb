import { readdirSync } from 'node:fs';
import { describe, expect, onTestFinished } from 'vitest';
import { ContainerNotRunningError, InvalidRequestError, UnsupportedError } from '../../../../src/compute/errors.ts';
import type { ExecProgram, ExecRequest } from '../../../../src/compute/exec/exec.ts';
import type { Provider } from '../../../../src/compute/provider.ts';
import { HASTY, isRunning, it, type Lab, specOf, worker } from '../lab.ts';

const MEGABYTE = 1024 * 1024;

async function running(lab: Lab, more: object = {}): Promise<Provider> {
  const provider = lab.provider({ exec: true });
  await provider.start?.();
  await provider.provision(specOf([worker({ env: { GREETING: 'hello' }, ...more })]));
  return provider;
}

/** Starts a program, which the test hangs up at its end. */
async function open(provider: Provider, command: string[], more: Partial<ExecRequest> = {}): Promise<ExecProgram> {
  const session = await provider.exec?.('acme', { command, tty: false, ...more });
  if (session?.kind !== 'program') throw new Error('the provider started no program');
  onTestFinished(() => session.hangUp());
  return session;
}

function collect(session: ExecProgram) {
  const parts = { stdout: '', stderr: '' };
  const done = (async () => {
    for await (const { stream, bytes } of session.output) parts[stream] += Buffer.from(bytes).toString('latin1');
    return { ...parts, end: await session.ended };
  })();
  return { parts, done };
}

async function outcome(provider: Provider, command: string[], more: Partial<ExecRequest> = {}) {
  return collect(await open(provider, command, more)).done;
}

describe('a program with pipes', () => {
  it('has the environment, folder and marks of the container, and stdout and stderr apart', async ({ lab }) => {
    const provider = await running(lab);
    const script = 'echo $GREETING; pwd; echo $BERTH_RUN >&2; exit 3';
    const { stdout, stderr, end } = await outcome(provider, ['sh', '-c', script]);
    const [instance] = (await lab.record()).instances;
    expect(stdout).toMatch(/^hello\n\/.*acme.*\n$/);
    expect(stderr.trim()).toBe(instance?.run?.run_id);
    expect(end).toEqual({ exit_code: 3 });
  });

  it('ends with 128 plus the signal that ended it', async ({ lab }) => {
    const provider = await running(lab);
    expect((await outcome(provider, ['sh', '-c', 'kill -TERM $$'])).end).toEqual({ exit_code: 143 });
  });

  it('goes on after its input was closed, and drops what comes later', async ({ lab }) => {
    const provider = await running(lab);
    const session = await open(provider, ['sh', '-c', 'cat; echo end']);
    session.endInput();
    await session.write(Buffer.from('late'));
    expect((await collect(session).done).stdout).toBe('end\n');
  });

  it('ends although a daemon that it left keeps its output open, and the daemon ends with the tenant', async ({
    lab,
  }) => {
    const provider = await running(lab);
    const script = 'setsid sleep 1000 & echo $!; exit 0';
    const { stdout, end } = await outcome(provider, ['sh', '-c', script]);
    expect(end).toEqual({ exit_code: 0 });
    expect(stdout).toMatch(/^\d+\n$/);
    await provider.destroy('acme');
    expect(await lab.processesOf()).toEqual([]);
  });

  it('loses what it left in its own session', async ({ lab }) => {
    const provider = await running(lab);
    const { stdout } = await outcome(provider, ['sh', '-c', 'sleep 1000 >/dev/null 2>&1 & echo $!']);
    expect(await isRunning(Number(stdout))).toBe(false);
  });
});

describe('a program in a terminal', () => {
  it('sees a terminal of the size of its caller, which can change, a thousand times', async ({ lab }) => {
    const provider = await running(lab);
    const script = "trap 'stty size' WINCH; stty size; echo ready; read line; stty size; exit 9";
    const session = await open(provider, ['sh', '-c', script], { tty: true, columns: 100, rows: 30 });
    const { parts, done } = collect(session);
    await expect.poll(() => parts.stdout).toContain('ready');
    expect(parts.stdout).toMatch(/^30 100\r\n/);
    for (let size = 1; size <= 1000; size += 1) session.resize(size, size);
    session.resize(132, 43);
    await session.write(Buffer.from('\r'));
    const { stdout, end } = await done;
    expect(stdout).toMatch(/43 132\r\n$/);
    expect(end).toEqual({ exit_code: 9 });
  });

  it('gets Ctrl-C as a signal, and Ctrl-D as the end of its input', async ({ lab }) => {
    const provider = await running(lab);
    const interrupted = collect(await open(provider, ['sh', '-c', 'echo ready; exec sleep 1000'], { tty: true }));
    const session = await open(
      provider,
      ['sh', '-c', 'trap "echo caught; exit 5" INT; echo ready; while :; do sleep 0.1; done'],
      {
        tty: true,
      },
    );
    const { parts, done } = collect(session);
    await expect.poll(() => parts.stdout).toContain('ready');
    await session.write(Buffer.from([3]));
    expect(await done).toMatchObject({ stdout: expect.stringContaining('caught'), end: { exit_code: 5 } });
    const reader = await open(provider, ['cat'], { tty: true });
    reader.endInput();
    expect((await collect(reader).done).end).toEqual({ exit_code: 0 });
    await expect.poll(() => interrupted.parts.stdout).toContain('ready');
  });

  it('echoes a megabyte that is pasted, and the host waits for nothing meanwhile', async ({ lab }) => {
    const provider = await running(lab);
    const session = await open(provider, ['sh', '-c', 'stty raw -echo; echo ready; exec head -c 1048576'], {
      tty: true,
    });
    const { parts, done } = collect(session);
    await expect.poll(() => parts.stdout).toContain('ready');
    const paste = Buffer.alloc(MEGABYTE, Array.from({ length: 256 }, (_, byte) => byte) as unknown as Uint8Array);
    await session.write(paste);
    const { stdout } = await done;
    expect(Buffer.from(stdout, 'latin1').subarray(-MEGABYTE).equals(paste)).toBe(true);
  });

  it('stays usable while a program that reads nothing is pasted to', async ({ lab }) => {
    const provider = await running(lab);
    const deaf = await open(provider, ['sleep', '1000'], { tty: true });
    const paste = deaf.write(Buffer.alloc(MEGABYTE, 'text\n'));
    expect((await outcome(provider, ['echo', 'alive'])).stdout).toBe('alive\n');
    deaf.hangUp();
    await collect(deaf).done;
    await paste;
  });

  it('shows its last words also to a caller who reads late', async ({ lab }) => {
    const provider = await running(lab);
    const short = await open(provider, ['seq', '1', '20000'], { tty: true });
    await expect.poll(() => lab.processesOf()).toHaveLength(1);
    expect((await collect(short).done).stdout).toMatch(/19999\r\n20000\r\n$/);
    const long = await open(provider, ['seq', '1', '200000'], { tty: true });
    expect((await collect(long).done).stdout).toMatch(/199999\r\n200000\r\n$/);
  });
});

describe('a session', () => {
  it('ends when its container crashes, is stopped, or the provider closes, and leaves no process', async ({ lab }) => {
    const provider = await running(lab);
    const stubborn = ['sh', '-c', 'trap "" HUP TERM INT; echo ready; while :; do sleep 0.1; done'];
    const first = collect(await open(provider, stubborn, { tty: true }));
    await expect.poll(() => first.parts.stdout).toContain('ready');
    process.kill(await lab.pidOf('worker'), 'SIGKILL');
    expect((await first.done).end).toEqual({ reason: 'container worker has ended' });
    await expect.poll(async () => (await provider.getStatus('acme')).state).toBe('running');
    const second = collect(await open(provider, stubborn));
    await expect.poll(() => second.parts.stdout).toContain('ready');
    await provider.stop?.('acme');
    expect((await second.done).end).toHaveProperty('reason');
    await expect.poll(() => lab.processesOf()).toEqual([]);
    await provider.update('acme', specOf([worker({ env: { GREETING: 'hello' } })]));
    const third = collect(await open(provider, stubborn));
    await expect.poll(() => third.parts.stdout).toContain('ready');
    await provider.close?.();
    expect((await third.done).end).toHaveProperty('reason');
    expect(await lab.processesOf()).toHaveLength(1);
  });

  it('leaves no descriptor open', async ({ lab }) => {
    const provider = await running(lab);
    const count = () => readdirSync('/proc/self/fd').length;
    await outcome(provider, ['true'], { tty: true });
    await outcome(provider, ['true']);
    const before = count();
    for (let index = 0; index < 10; index += 1) await outcome(provider, ['true'], { tty: index % 2 === 0 });
    await expect.poll(count).toBeLessThanOrEqual(before + 1);
  });

  it('is refused for a program that is not there, a container that waits to restart, and without the setting', async ({
    lab,
  }) => {
    const provider = await running(lab);
    for (const program of ['no-such-program', '/etc/passwd', '/etc', './missing', '']) {
      await expect(open(provider, [program])).rejects.toThrow(InvalidRequestError);
    }
    await expect(lab.provider().exec?.('acme', { command: ['sh'], tty: false })).rejects.toThrow(UnsupportedError);
    const crashing = specOf([{ name: 'worker', command: ['false'] }], { ...HASTY, tenant_id: 'crash' });
    await provider.provision(crashing).catch(() => undefined);
    await expect(provider.exec?.('crash', { command: ['sh'], tty: false })).rejects.toThrow(ContainerNotRunningError);
  });
});
