import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { spawn as spawnPty } from '@lydell/node-pty';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run, untilListening } from '../../infra/local/child.ts';
import { send, startTestServer, temporaryDirectory } from '../../infra/local/fixture.ts';
import { spawnCli } from '../spawn.ts';

const providers = { process: { type: 'process', exec: true, settle_seconds: 0.1, stop_grace_seconds: 0.3 } };
const spec = {
  tenant_id: 'acme',
  provider_type: 'process',
  containers: [
    { name: 'web', image: 'app:1', command: ['sleep', '1000'] },
    { name: 'db', image: 'app:1', command: ['sleep', '1000'] },
  ],
  resources: { cpu: 128, memory: 128 },
};
const berth = join(import.meta.dirname, '../../../src/cli/berth.mjs');

async function provisioned(url: string): Promise<void> {
  await send(url, 'POST', '/v1/tenants', { body: spec });
  await expect.poll(async () => (await send(url, 'GET', '/v1/tenants/acme')).body.phase).toBe('ready');
}

async function host(): Promise<string> {
  const { url } = await startTestServer({ providers });
  onTestFinished(async () => void (await send(url, 'DELETE', '/v1/tenants/acme')));
  await provisioned(url);
  return url;
}

function exec(url: string, ...words: string[]) {
  return spawnCli(['exec', ...words], { env: { BERTH_ENDPOINT: url } });
}

/** Runs the command in a real terminal, in a shell that then tells its exit code and the mode of the terminal. */
function inTerminal(url: string, words: string) {
  const script = `${process.execPath} ${berth} exec ${words}; echo "code=$?"; stty -a; echo done`;
  const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', BERTH_ENDPOINT: url, NO_COLOR: '1' };
  const terminal = spawnPty('sh', ['-c', script], { cols: 90, rows: 30, env, cwd: '/' });
  let shown = '';
  terminal.onData((text) => {
    shown += text;
  });
  onTestFinished(() => terminal.kill('SIGKILL'));
  return { terminal, shown: () => shown };
}

describe('without a terminal', () => {
  test('passes on input, both outputs and the exit code', async () => {
    const url = await host();
    const run = exec(url, 'acme', '-c', 'db', '--', 'sh', '-c', 'cat; echo error of $BERTH_CONTAINER >&2; exit 12');
    run.process.stdin?.end('piped text');
    expect(await run.ended).toBe(12);
    expect([run.stdout(), run.stderr()]).toEqual(['piped text', 'error of db\n']);
  });

  test('passes on megabytes of any bytes unchanged, and two sessions at once stay apart', async () => {
    const url = await host();
    const digests = await Promise.all(
      [1, 2].map(async () => {
        const bytes = randomBytes(4 * 1024 * 1024);
        const run = exec(url, 'acme', '--', 'sha256sum');
        run.process.stdin?.end(bytes);
        expect(await run.ended).toBe(0);
        return [run.stdout().split(' ')[0], createHash('sha256').update(bytes).digest('hex')];
      }),
    );
    for (const [told, expected] of digests) expect(told).toBe(expected);
  });

  test('says what is wrong, and exits with 1 or 4, before a session began', async () => {
    const url = await host();
    const cases: [string[], number, string][] = [
      [['acme'], 4, 'name a program after --'],
      [['acme', '--', 'no-such-program'], 1, 'container web has no program "no-such-program" that can be run'],
      [['acme', '-c', 'nope', '--', 'sh'], 1, 'its containers are web, db'],
      [['ghost', '--', 'sh'], 1, 'tenant compute resources not found: ghost'],
    ];
    for (const [words, code, message] of cases) {
      const run = exec(url, ...words);
      expect([await run.ended, run.stderr()]).toEqual([code, expect.stringContaining(message)]);
    }
  });

  test('Ctrl-C ends the session', async () => {
    const url = await host();
    const run = exec(url, 'acme', '--', 'sh', '-c', 'echo ready; sleep 1000');
    await expect.poll(run.stdout).toContain('ready');
    run.process.kill('SIGINT');
    expect(await run.ended).toBe(130);
    const messages = async () => {
      const { body } = await send(url, 'GET', '/v1/operations?type=exec');
      return (body.operations as { message?: string }[]).map(({ message }) => message);
    };
    await expect.poll(messages).toEqual(['ended: it was hung up']);
  });
});

test('without the setting it is refused, with what to do', async () => {
  const { url } = await startTestServer({ providers: { process: { type: 'process', settle_seconds: 0.1 } } });
  onTestFinished(async () => void (await send(url, 'DELETE', '/v1/tenants/acme')));
  await provisioned(url);
  const run = exec(url, 'acme', '--', 'sh');
  expect(await run.ended).toBe(1);
  expect(run.stderr()).toContain('the settings of provider process do not allow');
  expect(run.stderr()).toContain('"exec": true');
});

describe('in a terminal', () => {
  test('the program has the terminal: its size and its changes, keys, and the exit code', async () => {
    const url = await host();
    const program =
      "trap 'stty size' WINCH; trap 'echo caught' INT; stty size; echo ready; " +
      'while ! read line; do :; done; echo got $line; exit 33';
    const { terminal, shown } = inTerminal(url, `acme -- sh -c "${program.replaceAll('$', '\\$')}"`);
    await expect.poll(shown).toContain('ready');
    expect(shown()).toContain('30 90');
    terminal.resize(120, 40);
    await expect.poll(shown).toContain('40 120');
    terminal.write('\u0003');
    await expect.poll(shown).toContain('caught');
    terminal.write('word\r');
    await expect.poll(shown).toContain('done');
    expect(shown()).toContain('got word');
    expect(shown()).toContain('code=33');
    expect(shown()).toMatch(/[^-]icanon/);
  });

  test('a killed host ends the session with 255, and the terminal is as before', async () => {
    const dataDir = temporaryDirectory();
    const env = { BERTH_PROVIDERS: JSON.stringify(providers) };
    const child = run('main.ts', { args: ['--port', '0', '--front-door-port', 'off', '--data-dir', dataDir], env });
    const killed = await untilListening(child);
    await provisioned(killed);
    const { shown } = inTerminal(killed, 'acme -- sh -c "echo ready; sleep 1000"');
    await expect.poll(shown).toContain('ready');
    child.process.kill('SIGKILL');
    await child.ended;
    await expect.poll(shown).toContain('done');
    expect(shown()).toContain('the session ended: the connection to the host was lost');
    expect(shown()).toContain('code=255');
    expect(shown()).toMatch(/[^-]icanon/);
    const { url } = await startTestServer({ providers, dataDir });
    expect((await send(url, 'DELETE', '/v1/tenants/acme')).status).toBeLessThan(300);
  });

  test('a tenant that ends is told, and the terminal is as before', async () => {
    const url = await host();
    const { shown } = inTerminal(url, 'acme -- sh -c "trap : HUP TERM; echo ready; while :; do sleep 0.1; done"');
    await expect.poll(shown).toContain('ready');
    await send(url, 'DELETE', '/v1/tenants/acme');
    await expect.poll(shown).toContain('done');
    expect(shown()).toMatch(/[^-]icanon/);
    expect(shown()).toMatch(/code=(?:255|129|137|143)/);
  });
});
