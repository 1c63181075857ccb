import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { scanMarked } from '../../src/providers/process/supervise/process-table.ts';
import { temporaryDirectory } from '../infra/local/fixture.ts';
import { askAddress } from '../support/ask-address.ts';
import { spawnCli } from './spawn.ts';

const bin = fileURLToPath(new URL('../../src/cli/berth.mjs', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** Returns how long a process runs. Milliseconds. */
function timeMs(args: readonly string[]): number {
  const begun = performance.now();
  execFileSync(process.execPath, args, { stdio: 'ignore', env: { HOME: '/nonexistent' } });
  return performance.now() - begun;
}

test('berth --version takes less than three times as long as bare node', () => {
  // The first run fills the compile cache.
  timeMs([bin, '--version']);
  // Alternating, and the fastest of each: other load slows both down and speeds up neither.
  const runs = Array.from({ length: 12 }, () => ({ bare: timeMs(['-e', '0']), berth: timeMs([bin, '--version']) }));
  const fastest = (of: 'bare' | 'berth') => Math.min(...runs.map((run) => run[of]));
  expect(fastest('berth')).toBeLessThan(3 * fastest('bare'));
});

test('a request loads neither the global fetch nor TLS, which take longer than the start of Node', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'r' });
    response.end('{"tenants":[],"next_cursor":null}');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const tell = `process.on('exit', () => console.log(process.moduleLoadList.join(' ')))`;
  const words = ['--import', `data:text/javascript,${tell}`, bin, 'get', 'tenants'];
  const env = { HOME: '/nonexistent', BERTH_ENDPOINT: `http://127.0.0.1:${port}` };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { env });
  expect(stderr).toContain('There are no tenants yet');
  expect(stdout).toContain('NativeModule http');
  expect(stdout).not.toMatch(/undici|NativeModule (?:tls|https)\b/);
});

test('prints version and help without a control plane', async () => {
  const told = spawnCli(['--version']);
  expect(await told.ended).toBe(0);
  expect(told.stdout()).toBe(`${version}\n`);
  const help = spawnCli(['--help']);
  expect(await help.ended).toBe(0);
  expect(help.stdout()).toContain('Quick start');
  expect(help.stderr()).toBe('');
});

test('exits quietly when its output pipe is closed', async () => {
  const child = spawnCli(['explain', '-o', 'json']);
  child.process.stdout?.destroy();
  expect(await child.ended).toBe(0);
  expect(child.stderr()).toBe('');
});

test('runs under the Node of the clone if the installed one is older', async () => {
  const older = ['/usr/local/bin/node', '/usr/bin/node'].find((path) => existsSync(path) && majorOf(path) < 24);
  // There is nothing to test if the installed Node is new enough.
  if (older === undefined) return;
  const words = ['doctor', '--endpoint', 'http://127.0.0.1:1', '-o', 'json'];
  const { error, stdout, status } = spawnSync(older, [bin, ...words], { encoding: 'utf8' });
  expect(error).toBeUndefined();
  expect(status).toBe(1);
  expect(JSON.parse(stdout).checks[0]).toMatchObject({
    check: 'node',
    outcome: 'fine',
    finding: expect.stringMatching(/^v2[4-9]/),
  });
});

function majorOf(node: string): number {
  return Number.parseInt(execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }), 10);
}

/** Returns a data directory. All processes that were started from it end with the test. */
function prepareData(): string {
  const dataDir = join(temporaryDirectory(), 'data');
  onTestFinished(async () => {
    for (const { pid } of await processesOf(dataDir)) process.kill(pid, 'SIGKILL');
  });
  return dataDir;
}

async function processesOf(dataDir: string) {
  const marker = join(dataDir, 'process', '.installation');
  const owner = existsSync(marker) ? readFileSync(marker, 'utf8').trim() : undefined;
  return (await scanMarked()).filter((entry) => !entry.zombie && entry.owner === owner);
}

test('dev runs a control plane, and the command provisions, shows, follows and destroys a tenant there', async () => {
  const dataDir = prepareData();
  const dev = spawnCli(['dev', '--port', '0', '--data-dir', dataDir]);
  await expect.poll(dev.stdout, { timeout: 30_000 }).toMatch(/^Berth is listening on http:\S+$/m);
  const url = /listening on (http:\S+)/.exec(dev.stdout())?.[1] ?? '';
  await expect.poll(dev.stderr, { timeout: 30_000 }).toContain(`export BERTH_ENDPOINT=${url}`);
  const run = async (words: string) => {
    const child = spawnCli(words.split(' '), { env: { BERTH_ENDPOINT: url } });
    return { code: await child.ended, stdout: child.stdout(), stderr: child.stderr() };
  };
  const file = join(dataDir, 'web.yaml');
  writeFileSync(file, web);
  const applied = await run(`apply -f ${file}`);
  expect(applied, applied.stderr).toMatchObject({ code: 0 });
  const address = /^✓ web provisioned .* (http:\S+)$/m.exec(applied.stderr)?.[1] ?? '';
  expect(await askAddress(address)).toBe('hello');
  expect((await run('status web')).stdout).toContain(address);
  const logs = await run('logs web');
  expect(logs).toMatchObject({ code: 0, stdout: 'web | ready \\u001b]0;owned\\u0007 red\nweb | asked 1\n' });
  const following = spawnCli(['logs', 'web', '--follow', '--container', 'web'], { env: { BERTH_ENDPOINT: url } });
  await expect.poll(following.stdout, { timeout: 30_000 }).toContain('ready');
  await askAddress(address);
  await expect.poll(following.stdout, { timeout: 30_000 }).toMatch(/asked 2\n$/);
  following.process.kill('SIGINT');
  expect(await following.ended).toBe(0);
  expect(await run('destroy web --yes')).toMatchObject({ code: 0 });
  expect(await processesOf(dataDir)).toEqual([]);
  dev.process.kill('SIGINT');
  expect(await dev.ended).toBe(0);
  expect(dev.stdout()).toContain('Berth has stopped. It held no tenants.');
}, 120_000);

/** A tenant that serves HTTP and logs terminal control characters. */
const web = `tenant_id: web
provider_type: process
containers:
  - name: web
    image: node:24
    command:
      - node
      - -e
      - |
        let asked = 0;
        require('node:http')
          .createServer((request, response) => {
            if (request.method === 'GET') console.log('asked ' + ++asked);
            response.end('hello');
          })
          .listen(process.env.PORT, '127.0.0.1', () =>
            console.log(
              'ready @]0;owned% @[31mred@[0m'
                .replaceAll('@', String.fromCharCode(27))
                .replace('%', String.fromCharCode(7))));
    ports: [{ container_port: 8080, name: http }]
    health_check: { type: tcp, interval_seconds: 5, timeout_seconds: 2 }
resources: { cpu: 128, memory: 128 }
`;

test('dev reports why it cannot start and exits with the code of the control plane', async () => {
  const dev = spawnCli(['dev', '--port', 'x']);
  expect(await dev.ended).toBe(1);
  expect(dev.stderr()).toContain('--port must be a whole number');
});
