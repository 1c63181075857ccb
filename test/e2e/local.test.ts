import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ComputeStatus } from '../../src/index.ts';
import { scanMarked } from '../../src/providers/process/supervise/process-table.ts';
import { type Child, run, untilListening } from '../infra/local/child.ts';
import { send, temporaryDirectory } from '../infra/local/fixture.ts';

const ENV_CANARY = 'canary-env-4d1f';
const SECRET_CANARY = 'canary-secret-77ab';
const HOST_CANARY = 'canary-host-90c3';

/** Responds with its process id, the secrets it was given, and the files that it inherited. */
const program = `const { readdirSync, readlinkSync } = require('node:fs');
const open = process.platform === 'linux' ? readdirSync('/proc/self/fd') : [];
const files = open.map((fd) => { try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; } });
require('node:http').createServer((request, response) => response.end(JSON.stringify({
  pid: process.pid, token: process.env.TOKEN, password: process.env.DB_PASSWORD, host: process.env.HOST_SECRET, files
}))).listen(process.env.PORT, '127.0.0.1')`;

function specOf(tenant_id: string) {
  return {
    tenant_id,
    provider_type: 'process',
    containers: [
      {
        name: 'web',
        image: 'node:24-alpine',
        command: ['node', '-e', program],
        env: { TOKEN: ENV_CANARY },
        ports: [{ name: 'http', container_port: 8080 }],
        health_check: { type: 'http', interval_seconds: 5, timeout_seconds: 2 },
      },
    ],
    resources: { cpu: 128, memory: 128 },
    secrets: [{ name: 'db', source: 'file', key: 'db', env_var: 'DB_PASSWORD' }],
  };
}

/** Creates a data directory, and kills every process that was started from it after the test. */
function prepare() {
  const directory = temporaryDirectory();
  const secrets = join(directory, 'secrets');
  const dataDir = join(directory, 'data');
  mkdirSync(secrets);
  writeFileSync(join(secrets, 'db'), SECRET_CANARY);
  onTestFinished(async () => {
    for (const { pid } of await processesOf(dataDir)) process.kill(pid, 'SIGKILL');
  });
  const settings = { process: { type: 'process', secrets_directory: secrets, stop_grace_seconds: 2 } };
  const env = { BERTH_PROVIDERS: JSON.stringify(settings), HOST_SECRET: HOST_CANARY };
  const start = () => run('main.ts', { args: ['--port', '0', '--data-dir', dataDir], env });
  return { dataDir, start };
}

/** Returns the running processes of the tenants of a data directory. */
async function processesOf(dataDir: string) {
  const owner = readInstallation(dataDir);
  return (await scanMarked()).filter((entry) => !entry.zombie && owner !== '' && entry.owner === owner);
}

function readInstallation(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, 'process', '.installation'), 'utf8').trim();
  } catch {
    return '';
  }
}

async function statusOf(url: string, id: string): Promise<ComputeStatus> {
  const { body } = await send(url, 'GET', `/v1/tenants/${id}/status`, { headers: { 'cache-control': 'no-cache' } });
  return body as unknown as ComputeStatus;
}

/** Returns the endpoints of its processes. The front door has another free port after each start. */
function ownEndpoints({ endpoints }: ComputeStatus) {
  return endpoints.filter(({ stable }) => !stable);
}

async function pageOf(status: ComputeStatus): Promise<{ pid: number; [field: string]: unknown }> {
  const response = await fetch(ownEndpoints(status)[0]?.url ?? '');
  return (await response.json()) as { pid: number };
}

async function end(child: Child, signal: NodeJS.Signals): Promise<void> {
  child.process.kill(signal);
  await child.ended;
}

test('ten tenants survive a SIGKILL of the host, and the next host manages them', async () => {
  const { dataDir, start } = prepare();
  const ids = Array.from({ length: 10 }, (_, index) => `tenant-${index}`);
  const first = start();
  const url = await untilListening(first);
  const made = await Promise.all(ids.map((id) => send(url, 'POST', '/v1/tenants', { body: specOf(id) })));
  for (const { status, text } of made) expect([201, 202], text).toContain(status);
  await expect
    .poll(async () => (await Promise.all(ids.map((id) => statusOf(url, id)))).map(({ health }) => health), {
      timeout: 30_000,
    })
    .toEqual(ids.map(() => 'healthy'));
  const before = await Promise.all(ids.map((id) => statusOf(url, id)));
  const pagesBefore = await Promise.all(before.map(pageOf));
  expect(new Set(pagesBefore.map(({ pid }) => pid)).size).toBe(10);

  await end(first, 'SIGKILL');
  // The tenants run without the host.
  expect(await Promise.all(before.map(pageOf))).toEqual(pagesBefore);

  const second = start();
  const next = await untilListening(second);
  await expect
    .poll(async () => (await Promise.all(ids.map((id) => statusOf(next, id)))).map(({ health }) => health))
    .toEqual(ids.map(() => 'healthy'));
  const after = await Promise.all(ids.map((id) => statusOf(next, id)));
  expect(after.map(ownEndpoints)).toEqual(before.map(ownEndpoints));
  expect(await Promise.all(after.map(pageOf))).toEqual(pagesBefore);
  expect(await send(next, 'POST', '/v1/tenants', { body: specOf('tenant-0') })).toMatchObject({ status: 200 });

  const gone = await Promise.all(ids.map((id) => send(next, 'DELETE', `/v1/tenants/${id}`)));
  expect(gone.map(({ status }) => status)).toEqual(ids.map(() => 204));
  expect(await processesOf(dataDir)).toEqual([]);
  await end(second, 'SIGTERM');
}, 90_000);

test('secrets reach the tenant only, and the tenant inherits no file of the host', async () => {
  const { dataDir, start } = prepare();
  const child = start();
  const url = await untilListening(child);
  const seen: string[] = [];
  const request = async (method: string, path: string, body?: unknown) => {
    const reply = await send(url, method, path, { body });
    seen.push(reply.text, JSON.stringify(reply.headers));
    return reply;
  };
  const spec = specOf('acme');
  await request('POST', '/v1/tenants/validate', spec);
  await request('POST', '/v1/tenants', spec);
  await expect.poll(async () => (await request('GET', '/v1/tenants/acme/status')).body.health).toBe('healthy');
  const page = await pageOf(await statusOf(url, 'acme'));
  expect(page).toMatchObject({ token: ENV_CANARY, password: SECRET_CANARY });
  // The environment of the host is not inherited.
  expect(page).not.toHaveProperty('host');
  // Every file of the host, the database included, is closed on exec.
  expect(String(page.files)).not.toMatch(/berth\.(?:db|log)/);
  const failing = { ...spec.containers[0], command: ['node', '-e', 'process.exit(Number(process.env.TOKEN))'] };
  await request('PUT', '/v1/tenants/acme', {
    ...spec,
    containers: [failing],
    provider_config: { start_timeout_seconds: 0.5 },
  });
  await request('POST', '/v1/tenants', { ...spec, labels: { changed: 'yes' } });
  await request('POST', '/v1/tenants', { ...spec, containers: [{ ...failing, env: { TOKEN: [ENV_CANARY] } }] });
  await request('POST', '/v1/tenants', JSON.stringify(spec).slice(0, -1));
  await request('GET', '/v1/providers/process');
  const running = process.platform === 'linux' ? await processesOf(dataDir) : [];
  for (const { pid } of running) seen.push(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  await request('DELETE', '/v1/tenants/acme');
  await end(child, 'SIGTERM');
  seen.push(child.output(), readFileSync(join(dataDir, 'berth.log'), 'utf8'));
  expect(seen.join('').length).toBeGreaterThan(2000);
  for (const canary of [ENV_CANARY, SECRET_CANARY, HOST_CANARY]) expect(seen.join('\n')).not.toContain(canary);
}, 60_000);

test('npm run demo -- --once shows its tenants, destroys them and exits with 0', async () => {
  const { dataDir } = prepare();
  const child = run('demo/demo.ts', { args: ['--once', '--port', '0', '--data-dir', dataDir] });
  expect(await child.ended, child.output()).toBe(0);
  const output = child.output();
  expect(output).toMatch(/^TENANT +PROVIDER +STATE +HEALTH +ENDPOINT$/m);
  expect(output).toMatch(/^demo-web +process +running +healthy +http:\/\/demo-web\.localhost:\d+$/m);
  expect(output).toMatch(/^demo-worker +process +running +healthy +-$/m);
  expect(output).toMatch(/GET http:\S+ +→ +<h1>Hello from a tenant<\/h1>/);
  expect(output).toContain('demo-worker: "Tenant Provisioned" was announced');
  expect(output.match(/^ {2}npx berth /gm)).toHaveLength(4);
  expect(output).toContain('demo-web: destroyed');
  expect(await processesOf(dataDir)).toEqual([]);
}, 60_000);

test('a demo that is killed leaves its tenants running, and the next one finds them', async () => {
  const { dataDir } = prepare();
  const args = ['--port', '0', '--data-dir', dataDir];
  const first = run('demo/demo.ts', { args });
  await expect.poll(first.output, { timeout: 30_000 }).toContain('Ctrl-C destroys');
  await end(first, 'SIGKILL');
  const kept = (await processesOf(dataDir)).map(({ pid }) => pid).sort();
  expect(kept.length).toBeGreaterThanOrEqual(3);
  const second = run('demo/demo.ts', { args });
  await expect.poll(second.output, { timeout: 30_000 }).toContain('Ctrl-C destroys');
  expect(second.output()).toContain('demo-web: already provisioned');
  expect((await processesOf(dataDir)).map(({ pid }) => pid).sort()).toEqual(kept);
  await end(second, 'SIGINT');
  expect(second.output()).toContain('nothing: the demo provisioned no tenants');
}, 90_000);

test('an interrupted demo leaves nothing behind, not even a tenant that it has just requested', async () => {
  const { dataDir } = prepare();
  const demo = run('demo/demo.ts', { args: ['--port', '0', '--data-dir', dataDir] });
  await expect.poll(demo.output, { timeout: 30_000, interval: 5 }).toContain('requested by event');
  await end(demo, 'SIGINT');
  expect(demo.output()).toContain('demo-worker: destroyed');
  expect(demo.output()).toContain('The demo was interrupted.');
  expect(await processesOf(dataDir)).toEqual([]);
}, 90_000);
