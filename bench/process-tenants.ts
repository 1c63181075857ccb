import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Provider } from '../src/compute/provider.ts';
import { validateComputeSpec } from '../src/compute/spec/validate.ts';
import { createProcessProvider } from '../src/providers/process/provider.ts';
import { median, type Ratio } from './harness.ts';

/** The program of a tenant and of the floor: the least server that passes a health check. */
const SERVER = `require('node:http').createServer((_, r) => r.end('ok')).listen(process.env.PORT, '127.0.0.1')`;

/** How many tenants start at once, how often, and the goal. */
const storms = [
  { size: 1, rounds: 15, goal: 1.7 },
  { size: 20, rounds: 3, goal: 3 },
  { size: 200, rounds: 1, goal: 3 },
];

/** The pause between two probes of the floor. */
const PROBE_MS = 20;
const IDLE_MS = 10_000;

interface Storm {
  /** Milliseconds until all are healthy. */
  ms: number;
  floorMs: number;
  /** Milliseconds of processor time of the host for one tenant. */
  cpuMs: number;
}

/**
 * Measures tenants of the process provider from the request until they are healthy, by the clock, beside plain Node that
 * takes a free port, spawns the same program and probes it. Then the processor time of the host while they run.
 */
export async function measureProcessTenants(): Promise<Ratio[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  const provider = createProcessProvider({ name: 'process', dataDir, defaults: { ready_wait_seconds: 60 } });
  try {
    await provider.start?.();
    await Promise.all([startTenants(provider, ['warm']), startPlain(1)]);
    const none = await idleShare();
    const measured: Storm[] = [];
    for (const { size, rounds } of storms) measured.push(await measureStorm(provider, size, rounds));
    const rows: Ratio[] = storms.map(({ size, goal }, index) => {
      const { ms = Number.NaN, floorMs = Number.NaN } = measured[index] ?? {};
      const name = `process tenants from request to healthy, ${size} at once, by the clock`;
      return { name, floor: 'spawn, bind and probe', ratio: ms / floorMs, goal };
    });
    const [, few, many] = measured.map(({ cpuMs }) => cpuMs);
    const size = storms.at(-1)?.size;
    return [
      ...rows,
      {
        name: `the host for one of ${size} process tenants at once`,
        floor: `for one of ${storms[1]?.size}`,
        ratio: (many ?? Number.NaN) / (few ?? Number.NaN),
        goal: 1.1,
      },
      {
        name: `the host while ${size} process tenants run, % of a core`,
        floor: 'while one runs',
        ratio: ((await idleShare()) - none) * 100,
        goal: 1,
      },
    ];
  } finally {
    for await (const { tenant_id } of provider.list()) await provider.destroy(tenant_id);
    await provider.close?.();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The tenants of the last round go on running. */
async function measureStorm(provider: Provider, size: number, rounds: number): Promise<Storm> {
  const storms: Storm[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const floorMs = await timed(() => startPlain(size));
    const ids = Array.from({ length: size }, (_, index) => `t-${size}-${index}`);
    const before = process.cpuUsage();
    const ms = await timed(() => startTenants(provider, ids));
    const { user, system } = process.cpuUsage(before);
    storms.push({ ms, floorMs, cpuMs: (user + system) / 1000 / size });
    if (round < rounds - 1 || size < 200) await Promise.all(ids.map((id) => provider.destroy(id)));
  }
  const medianOf = (key: keyof Storm) => median(storms.map((storm) => storm[key]));
  return { ms: medianOf('ms'), floorMs: medianOf('floorMs'), cpuMs: medianOf('cpuMs') };
}

async function startTenants(provider: Provider, ids: readonly string[]): Promise<void> {
  const results = await Promise.all(ids.map((id) => provider.provision(specOf(id))));
  for (const { status, message } of results) if (status !== 'success') throw new Error(message);
}

function specOf(tenant_id: string) {
  return validateComputeSpec({
    tenant_id,
    provider_type: 'process',
    resources: { cpu: 128, memory: 128 },
    containers: [
      {
        name: 'web',
        image: 'acme/app:1',
        command: ['node', '-e', SERVER],
        ports: [{ container_port: 80 }],
        health_check: { type: 'http' },
      },
    ],
  });
}

async function startPlain(size: number): Promise<void> {
  const children = await Promise.all(Array.from({ length: size }, startOne));
  for (const child of children) child.kill('SIGKILL');
}

async function startOne(): Promise<ChildProcess> {
  const port = await freePort();
  const env = { PATH: process.env.PATH, PORT: String(port) };
  const child = spawn(process.execPath, ['-e', SERVER], { detached: true, stdio: 'ignore', env });
  while (!(await isHealthy(port))) await sleep(PROBE_MS);
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

async function isHealthy(port: number): Promise<boolean> {
  const request = get({ host: '127.0.0.1', port, agent: false });
  try {
    const [response] = await once(request, 'response');
    return response.statusCode === 200;
  } catch {
    return false;
  } finally {
    request.on('error', () => undefined).destroy();
  }
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Returns the share of one processor that this process uses while nothing happens. */
async function idleShare(): Promise<number> {
  await sleep(IDLE_MS / 2); // the work of the last starts ends
  const start = process.cpuUsage();
  await sleep(IDLE_MS);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / IDLE_MS;
}
