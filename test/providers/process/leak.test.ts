import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Provider } from '../../../src/compute/provider.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { scanMarked } from '../../../src/providers/process/supervise/process-table.ts';
import { leakRun } from '../../support/leak-programs.ts';
import { it, type Lab, QUICK, specOf } from './lab.ts';
import type { LeakErrand, LeakStep } from './leak-host.ts';

/** Programs that run in parallel, each on a tenant of its own. A kill meets each of them at a different step. */
const LANES = 5;
const HOST = join(import.meta.dirname, 'leak-host.ts');
/** Short time-outs, because some versions never become ready. */
const HASTY = {
  ...QUICK,
  stop_grace_seconds: 0.1,
  start_timeout_seconds: 0.4,
  ready_wait_seconds: 0.2,
  settle_seconds: 0.02,
};

/** `once` begins a version with a container that runs once, and `volume` one that mounts a volume. Their script follows. */
const version = fc.constantFrom<string[]>(
  ['sleep', '1000'],
  ['sleep', '2000'],
  ['false'],
  ['sh', '-c', 'sleep 0.05'],
  ['once', 'sleep 0.05'],
  ['once', 'sleep 0.05; exit 1'],
  ['once', 'sleep 1000'],
  ['volume', 'echo kept > "$VOLUME_DATA/file"; exec sleep 1000'],
  ['volume', 'exit 1'],
);
const step = fc.record({
  what: fc.constantFrom('provision', 'update', 'update', 'restart', 'stop', 'destroy'),
  version,
});
const batch = fc.record({
  programs: fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: LANES, maxLength: LANES }),
  /** Milliseconds after which each host is killed. */
  lives: fc.array(fc.nat(500), { minLength: 1, maxLength: 2 }),
  repaired: fc.nat(LANES - 1),
});

const { numRuns, seed } = leakRun('process', 15);

it('after hosts are killed at any moment, list returns what is left, it can be repaired, and destroy removes it', {
  timeout: 1_800_000,
}, async ({ lab }) => {
  let round = 0;
  const property = fc.asyncProperty(batch, async ({ programs, lives, repaired }) => {
    round += 1;
    const named = programs.map((steps, lane) => ({ tenantId: `tenant-${round}-${lane}`, steps }));
    const errand: LeakErrand = {
      dataDir: lab.dir,
      defaults: HASTY,
      programs: named.map(({ tenantId, steps }) => ({
        tenantId,
        steps: steps.map(({ what, version }) => toStep(what, tenantId, version)),
      })),
    };
    for (const life of lives) await runUntilKilled(errand, life);
    const next = lab.provider(HASTY);
    await next.start?.();
    await repair(next, lab, `tenant-${round}-${repaired}`);
    for await (const { tenant_id } of next.list()) await next.destroy(tenant_id);
    await next.close?.();
    expect(await leftOf(lab)).toEqual([]);
  });
  await fc.assert(property, { numRuns: Math.ceil(numRuns / LANES), seed, endOnFailure: true });
});

function versionOf(tenantId: string, command: string[]) {
  const [first, script = ''] = command;
  if (first === 'volume') {
    const worker = { name: 'worker', command: ['sh', '-c', script], volumes: [{ name: 'data', path: '/data' }] };
    return specOf([worker], { tenant_id: tenantId });
  }
  if (first !== 'once') return specOf([{ name: 'worker', command }], { tenant_id: tenantId });
  const setup = { name: 'setup', command: ['sh', '-c', script], run: 'once' };
  return specOf([{ name: 'worker', command: ['sleep', '1000'] }, setup], { tenant_id: tenantId });
}

function toStep(what: string, tenantId: string, command: string[]): LeakStep {
  if (what === 'destroy' || what === 'stop') return { do: what };
  if (what === 'restart') return { do: 'update', spec: versionOf(tenantId, command), restart: `${tenantId}.1` };
  return { do: what === 'provision' ? 'provision' : 'update', spec: versionOf(tenantId, command) };
}

async function runUntilKilled(errand: LeakErrand, life: number): Promise<void> {
  const host = spawn(process.execPath, [HOST, JSON.stringify(errand)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(host.stdout, 'data');
  await sleep(life);
  host.kill('SIGKILL');
  await once(host, 'exit');
}

/** Does as Berth does: provisions, and updates if another specification exists. It serves after its container ran once. */
async function repair(provider: Provider, lab: Lab, tenantId: string): Promise<void> {
  const ran = join(lab.dir, `${tenantId}.ran`);
  const provider_config = { start_timeout_seconds: 10 }; // one after the other
  const spec = { ...versionOf(tenantId, ['once', `echo run >> ${ran}`]), provider_config };
  await provider.provision(spec).catch(() => provider.update(tenantId, spec));
  await expect
    .poll(() => provider.getStatus(tenantId), { timeout: 10_000 })
    .toMatchObject({ state: 'running', metadata: { spec_hash: specHash(spec) } });
  expect(await readFile(ran, 'utf8'), 'what the container that runs once wrote').toBe('run\n');
}

/** Returns folders of tenants, their volumes, and processes with marks of this folder. */
async function leftOf(lab: Lab): Promise<string[]> {
  const root = join(lab.dir, 'process');
  const owner = await readFile(join(root, '.installation'), 'utf8');
  const folders = (await readdir(root)).filter((name) => !/^\.(?:installation|locks|volumes)/.test(name));
  const volumes = await readdir(join(root, '.volumes')).catch(() => []);
  const marked = (await scanMarked()).filter((entry) => entry.owner === owner && !entry.zombie);
  return [
    ...folders,
    ...volumes.map((name) => `volumes of ${name}`),
    ...marked.map(({ pid, tenant }) => `process ${pid} of ${tenant}`),
  ];
}
