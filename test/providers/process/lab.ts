import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import type { Logger } from '../../../src/compute/logger.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import { createProcessProvider } from '../../../src/providers/process/provider.ts';
import { TenantRecord } from '../../../src/providers/process/records/record.ts';
import { lookUp, scanMarked } from '../../../src/providers/process/supervise/process-table.ts';

/** Settings that are quick enough for tests. */
export const QUICK = {
  stop_grace_seconds: 0.3,
  restart_delay_seconds: 0.05,
  max_restart_delay_seconds: 0.4,
  start_timeout_seconds: 10,
  ready_wait_seconds: 10,
  settle_seconds: 0.1,
  startup_probe_interval_ms: 25,
};

/** For specifications that fail: a shorter time-out, but long enough for a busy machine to start the program. */
export const HASTY = { provider_config: { start_timeout_seconds: 2 } };

export const PROGRAM = join(import.meta.dirname, 'program.mjs');

type Container = Record<string, unknown> & { name?: string };

/** Returns a specification with these containers. */
export function specOf(containers: Container[], more: Record<string, unknown> = {}): TenantComputeSpec {
  return validateComputeSpec({
    tenant_id: 'acme',
    provider_type: 'process',
    resources: { cpu: 256, memory: 256 },
    containers: containers.map((container, index) => ({ name: `c${index}`, image: 'example/app:1', ...container })),
    ...more,
  });
}

/** Returns a container that serves HTTP and has a health check. */
export function web(more: Container = {}, ...traits: string[]): Container {
  return {
    name: 'web',
    command: ['node', PROGRAM, ...traits],
    ports: [{ container_port: 8080 }],
    health_check: { type: 'http' },
    ...more,
  };
}

/** Returns a container without ports that keeps running. */
export function worker(more: Container = {}, ...traits: string[]): Container {
  return { name: 'worker', command: ['node', PROGRAM, 'idle', ...traits], ...more };
}

export interface Answer {
  pid: number;
  version?: string;
}

/** Sends a request to a tenant's first endpoint, and returns the answer. */
export async function ask(provider: Provider, path = '/', tenantId = 'acme'): Promise<Answer> {
  const { endpoints } = await provider.getStatus(tenantId);
  const response = await fetch(`${endpoints[0]?.url}${path}`);
  return (await response.json()) as Answer;
}

export async function isRunning(pid: number): Promise<boolean> {
  const entry = await lookUp(pid);
  return entry !== undefined && !entry.zombie;
}

/** Starts a server on a free port, so that the port is taken. */
export async function occupyPort(): Promise<{ port: number; [Symbol.asyncDispose]: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Returns a port that was free a moment ago. */
export async function freePort(): Promise<number> {
  await using occupied = await occupyPort();
  return occupied.port;
}

export class Lab {
  readonly dir: string;
  /** The log entries of all providers of this lab, as JSON. */
  readonly logged: string[] = [];
  readonly #providers: Provider[] = [];

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Creates a provider on the data folder of this lab. */
  provider(defaults: Record<string, unknown> = {}, name = 'process'): Provider {
    const log = (message: string, fields?: object) => void this.logged.push(JSON.stringify({ message, ...fields }));
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const provider = createProcessProvider({ name, dataDir: this.dir, defaults: { ...QUICK, ...defaults }, logger });
    this.#providers.push(provider);
    return provider;
  }

  recordFile(tenantId = 'acme'): string {
    return join(this.dir, 'process', tenantId, 'record.json');
  }

  async record(tenantId = 'acme'): Promise<TenantRecord> {
    return TenantRecord.parse(JSON.parse(await readFile(this.recordFile(tenantId), 'utf8')));
  }

  /** Returns the pid of a container's process, from the record. */
  async pidOf(container: string, tenantId = 'acme'): Promise<number> {
    const { instances } = await this.record(tenantId);
    return instances.find((instance) => instance.container === container)?.run?.pid ?? 0;
  }

  /** Returns the pids of a tenant's processes, by their marks. */
  async processesOf(tenantId = 'acme'): Promise<number[]> {
    const owner = await readFile(join(this.dir, 'process', '.installation'), 'utf8').catch(() => '');
    const entries = await scanMarked();
    return entries
      .filter((entry) => entry.owner === owner && entry.tenant === tenantId && !entry.zombie)
      .map(({ pid }) => pid);
  }

  async clear(): Promise<void> {
    for (const provider of this.#providers) await provider.close?.();
    const last = this.provider({ stop_grace_seconds: 0 });
    for await (const { tenant_id } of last.list()) await last.destroy(tenant_id);
    await last.close?.();
    // The log copier may still end meanwhile, and removes its files itself.
    await rm(this.dir, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** A test with a lab of its own, which is removed afterwards. */
export const it = test.extend<{ lab: Lab }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are needed.
  lab: async ({}, use) => {
    const lab = new Lab(await mkdtemp(join(tmpdir(), 'berth-process-')));
    await use(lab);
    await lab.clear();
  },
});
