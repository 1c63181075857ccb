import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { Provider } from '../../../src/compute/provider.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { withLock } from '../../../src/providers/process/records/tenant-lock.ts';
import { scanMarked } from '../../../src/providers/process/supervise/process-table.ts';
import { type Harness, type OnceEnd, providerSuite, type SpecOptions } from '../../conformance/provider-suite.ts';
import { Lab, QUICK, specOf } from './lab.ts';
import type { LeakErrand, LeakStep } from './leak-host.ts';

const HOST = join(import.meta.dirname, 'leak-host.ts');

/**
 * Starts in half the time of the program of the other tests, because the suite starts many. It outlives the reset that a
 * health check leaves behind when its host is killed.
 */
const SERVER = `require('node:net')
  .createServer((s) => s.on('error', () => {}).end('HTTP/1.0 200 OK\\r\\n\\r\\n' + process.env.VERSION))
  .on('error', () => process.exit(1)).listen(process.env.PORT, '127.0.0.1')`;

/** What a container that runs once does after it has left its line. */
const setups = { success: 'true', failure: 'echo setup is broken; exit 3', never: 'exec sleep 1000' };

providerSuite('process', {
  timeout: 6000,
  many: 5,
  // Each kill starts a host. `.ci/run` kills at every change.
  killStride: Number(process.env.BERTH_KILL_STRIDE ?? 6),
  create: async () => harnessOf(new Lab(await mkdtemp(join(tmpdir(), 'berth-process-')))),
  without: {
    labels: 'processes have no labels; marks in their environment stand for them',
  },
});

async function harnessOf(lab: Lab): Promise<Harness> {
  const secrets_directory = join(lab.dir, 'secrets');
  await mkdir(secrets_directory);
  const namesOf = async () => (await readdir(lab.dir)).filter((name) => name !== 'secrets');
  return {
    async fresh({ name } = {}) {
      const provider = lab.provider({ ready_wait_seconds: 0.5, secrets_directory, exec: true }, name);
      await provider.start?.();
      return provider;
    },
    spec: (options) => containersOf(options, {}),
    failingSpec: (options) => containersOf(options, { start_timeout_seconds: 0.3 }, ['false']),
    // One process that keeps running: the suite compares inventories, which restarts would change.
    stuckSpec: (options) => containersOf(options, { start_timeout_seconds: 600 }, ['sleep', '1000']),
    once: {
      spec: ({ end, ...of }) => withSetup(containersOf(of, end === 'never' ? { start_timeout_seconds: 600 } : {}), end),
      async runs(tenantId) {
        const lines = await readFile(runsFile(tenantId), 'utf8').catch(() => '');
        return lines.split('\n').filter(Boolean).length;
      },
    },
    exec: { copies: ['sh', '-c', 'cat; exit 7'], lasts: ['sleep', '1000'] },
    async inventory() {
      const folders = (await namesOf()).map(async (name) => {
        const names = (await readdir(join(lab.dir, name))).filter(
          (tenant) => !/^\.(installation|locks|volumes)/.test(tenant),
        );
        const owners = await readdir(join(lab.dir, name, '.volumes')).catch(() => []);
        const volumes = owners.map(async (tenant) => {
          const own = await readdir(join(lab.dir, name, '.volumes', tenant));
          return own.map((volume) => `volume ${name}/${tenant}/${volume}`);
        });
        return [...names.map((tenant) => `folder ${name}/${tenant}`), ...(await Promise.all(volumes)).flat()];
      });
      const owners = await Promise.all((await namesOf()).map((name) => ownerOf(lab, name)));
      const processes = (await scanMarked()).filter(({ owner, zombie }) => owners.includes(owner ?? 'none') && !zombie);
      const marked = processes.map(({ provider, tenant, container }) => `process ${provider}/${tenant}/${container}`);
      return [...(await Promise.all(folders)).flat(), ...marked];
    },
    cleanup: () => lab.clear(),
    async plantForeign(tenantId) {
      const folder = join(lab.dir, 'process', tenantId);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'thesis.txt'), 'a file of another program');
    },
    async answers(tenantId) {
      const [port] = (await lab.record(tenantId)).instances[0]?.ports ?? [];
      // A program without a health check counts as ready when it runs, which may be before it listens.
      const ask = async () => Number(await (await fetch(`http://127.0.0.1:${port?.host_port}/`)).text());
      const isUp = (await lab.processesOf(tenantId)).length > 0;
      return vi.waitFor(ask, isUp ? 10_000 : 0).catch(() => undefined);
    },
    identity: async (tenantId, container) => String(await lab.pidOf(container, tenantId)),
    instances: async (tenantId) => (await lab.processesOf(tenantId)).map(String),
    async vanish(tenantId) {
      // Under the lock, so that no pass in progress writes the record again.
      await withLock(join(lab.dir, 'process', '.locks', tenantId), async () => {
        const pids = await lab.processesOf(tenantId);
        await rm(join(lab.dir, 'process', tenantId), { recursive: true });
        for (const pid of pids) process.kill(pid, 'SIGKILL');
        await expect.poll(() => lab.processesOf(tenantId)).toEqual([]);
      });
    },
    async mortal(at) {
      const defaults = { ...QUICK, ready_wait_seconds: 0.5, secrets_directory };
      let isKilled = false;
      const run = async (step: LeakStep, tenantId: string) => {
        const errand: LeakErrand = { dataDir: lab.dir, defaults, programs: [{ tenantId, steps: [step] }], killAt: at };
        isKilled = await endsKilled(errand);
        throw new Error('this process has ended');
      };
      const provider: Provider = {
        ...lab.provider({ secrets_directory }),
        provision: (spec) => run({ do: 'provision', spec }, spec.tenant_id),
        update: (tenantId, spec, { restart } = {}) => run({ do: 'update', spec, restart }, tenantId),
        stop: (tenantId) => run({ do: 'stop' }, tenantId),
        destroy: (tenantId) => run({ do: 'destroy' }, tenantId),
      };
      return { provider, died: () => isKilled };
    },
    volumes: {
      put: async (tenantId, volume, text) => writeFile(join(volumeOf(tenantId, volume), 'text'), text),
      get: async (tenantId, volume) =>
        readFile(join(volumeOf(tenantId, volume), 'text'), 'utf8').catch(() => undefined),
      async seen(tenantId, container, { name }) {
        const environment = await readFile(`/proc/${await lab.pidOf(container, tenantId)}/environ`, 'utf8');
        const variable = `VOLUME_${name.toUpperCase()}=`;
        const folder = environment
          .split('\0')
          .find((one) => one.startsWith(variable))
          ?.slice(variable.length);
        return folder && readFile(join(folder, 'text'), 'utf8').catch(() => undefined);
      },
    },
    write: async (tenantId, container, lines) =>
      appendFile(`/proc/${await lab.pidOf(container, tenantId)}/fd/1`, lines.map((line) => `${line}\n`).join('')),
    async exposed() {
      const processes = await scanMarked();
      const lines = processes.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
      return [...(await Promise.all(lines)), ...lab.logged].join('\n');
    },
  };

  function volumeOf(tenantId: string, volume: string): string {
    return join(lab.dir, 'process', '.volumes', tenantId, volume);
  }

  function containersOf({ tenantId, version = 1, labels, canary }: SpecOptions, settings: object, program?: string[]) {
    const secret = canary === undefined ? {} : { secrets: [writeSecret(canary)] };
    const env = { VERSION: String(version), ...(canary && { CANARY: canary }) };
    const web = {
      name: 'web',
      command: program ?? ['node', '-e', SERVER],
      env,
      ports: [{ container_port: 8080 }],
      health_check: { type: 'http' },
    };
    const worker = { name: 'worker', command: ['sleep', '1000'] };
    return specOf([web, worker], { tenant_id: tenantId, labels, provider_config: settings, ...secret });
  }

  function runsFile(tenantId: string): string {
    return join(secrets_directory, `runs-of-${tenantId}`);
  }

  /** Adds a container that runs once and leaves a line each time. */
  function withSetup(spec: TenantComputeSpec, end: OnceEnd): TenantComputeSpec {
    const script = `echo run >> ${runsFile(spec.tenant_id)}; ${setups[end]}`;
    const setup: ContainerSpec = { name: 'setup', image: 'none', command: ['sh', '-c', script], run: 'once' };
    return { ...spec, containers: [...spec.containers, setup] };
  }

  function writeSecret(value: string) {
    writeFileSync(join(secrets_directory, 'canary'), value);
    return { name: 'canary', source: 'file', key: 'canary', env_var: 'CANARY_FROM_FILE' };
  }
}

/** Runs a host to the end of its errand. Returns true if it was killed before. */
async function endsKilled(errand: LeakErrand): Promise<boolean> {
  const host = spawn(process.execPath, [HOST, JSON.stringify(errand)], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [, signal] = await once(host, 'exit');
  return signal === 'SIGKILL';
}

async function ownerOf(lab: Lab, name: string): Promise<string> {
  return readFile(join(lab.dir, name, '.installation'), 'utf8').catch(() => '');
}
