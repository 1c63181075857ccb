import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isTenantId } from '../../src/compute/spec/names.ts';
import { scanMarked } from '../../src/providers/process/supervise/process-table.ts';
import { subscribe } from '../infra/local/events/events.ts';
import { send, startTestServer } from '../infra/local/fixture.ts';
import { PROGRAM, QUICK } from '../providers/process/lab.ts';

/** As on one machine, but faster: a look each 200 ms, and a change counts after a second. */
async function startHost() {
  const { url, dataDir, logFile } = await startTestServer({
    providers: { process: { type: 'process', ...QUICK } },
    watchInterval: 200,
    healthHold: 1,
  });
  onTestFinished(async () => {
    for (const { pid } of await processesOf(dataDir)) process.kill(pid, 'SIGKILL');
  });
  const events = await subscribe(url);
  const told: string[] = [];
  void (async () => {
    for (;;) told.push((await events.next()).type);
  })().catch(() => undefined); // the stream ended with the host
  return { url, dataDir, told, unhealthy: () => latestMetric(logFile) };
}

async function processesOf(dataDir: string) {
  const owner = readFileSync(`${dataDir}/process/.installation`, 'utf8').trim();
  return (await scanMarked()).filter((entry) => !entry.zombie && entry.owner === owner);
}

/** Returns the latest value of the metric, undefined where there is none. */
function latestMetric(logFile: string): number | undefined {
  const lines = readFileSync(logFile, 'utf8').split('\n');
  const last = lines.findLast((line) => line.includes('"UnhealthyTenants":'));
  return last === undefined ? undefined : (JSON.parse(last) as { UnhealthyTenants: number }).UnhealthyTenants;
}

type Container = Record<string, unknown>;

function specOf(tenant_id: string, container: Container) {
  expect(isTenantId(tenant_id)).toBe(true);
  return {
    tenant_id,
    provider_type: 'process',
    containers: [{ name: 'web', image: 'example/app:1', ...container }],
    resources: { cpu: 128, memory: 128 },
  };
}

const crashing = { command: ['node', '-e', 'setTimeout(() => process.exit(1), 300)'] };
const steady = { command: ['node', PROGRAM, 'idle'] };
const checked = {
  command: ['node', PROGRAM],
  ports: [{ container_port: 8080, name: 'http' }],
  health_check: { type: 'http', interval_seconds: 5, timeout_seconds: 1, unhealthy_threshold: 1 },
};

async function provision(url: string, spec: object): Promise<void> {
  const { status, text } = await send(url, 'POST', '/v1/tenants', { body: spec });
  expect([201, 202], text).toContain(status);
}

interface Seen {
  listed: unknown;
  filtered: number;
  health: unknown;
  observed: boolean;
  ready: unknown;
  degraded: unknown;
  phase: unknown;
}

/** Returns what list, filter and tenant show. */
async function look(url: string, id: string, health: string): Promise<Seen> {
  const { body: tenant } = await send(url, 'GET', `/v1/tenants/${id}`);
  const { body: list } = await send(url, 'GET', '/v1/tenants');
  const { body: filtered } = await send(url, 'GET', `/v1/tenants?health=${health}`);
  const conditions = tenant.conditions as { type: string; status: boolean; reason: string }[];
  const conditionOf = (name: string) => {
    const { status, reason } = conditions.find(({ type }) => type === name) ?? {};
    return `${status} ${reason}`;
  };
  return {
    listed: (list.tenants as { health: string }[])[0]?.health,
    filtered: (filtered.tenants as unknown[]).length,
    health: tenant.health,
    observed: typeof tenant.observed_at === 'string',
    ready: conditionOf('Ready'),
    degraded: conditionOf('Degraded'),
    phase: tenant.phase,
  };
}

const well = {
  listed: 'healthy',
  filtered: 1,
  health: 'healthy',
  observed: true,
  ready: 'true Serving',
  degraded: 'false AsDesired',
  phase: 'ready',
};

const ill = (reason: string) => ({
  ...well,
  listed: 'unhealthy',
  health: 'unhealthy',
  ready: `false ${reason}`,
  degraded: `true ${reason}`,
});

const POLL = { timeout: 40_000, interval: 200 };

describe('on one machine, list, tenant, events and metrics show', () => {
  test('a crash loop, also while its process is up for a moment, and that a new version ended it', async () => {
    const { url, told, unhealthy } = await startHost();
    await provision(url, specOf('acme', crashing));
    await expect.poll(() => look(url, 'acme', 'unhealthy'), POLL).toEqual(ill('CrashLoop'));
    const { body } = await send(url, 'GET', '/v1/tenants/acme');
    expect(body.restart_count).toBeGreaterThanOrEqual(3);
    await expect.poll(unhealthy, POLL).toBe(1);
    await expect.poll(() => told, POLL).toEqual(['Tenant Provisioned', 'Tenant Degraded']);
    const update = await send(url, 'PUT', '/v1/tenants/acme', { body: specOf('acme', steady) });
    expect(update.status, update.text).toBeLessThan(300);
    await expect.poll(() => look(url, 'acme', 'healthy'), POLL).toEqual(well);
    await expect.poll(unhealthy, POLL).toBe(0);
    const all = ['Tenant Provisioned', 'Tenant Degraded', 'Tenant Recovered', 'Tenant Updated'];
    await expect.poll(() => told.toSorted(), POLL).toEqual(all.toSorted());
  });

  test('a version that gets unhealthy, and that it is healthy again', async () => {
    const { url, told, unhealthy } = await startHost();
    await provision(url, specOf('acme', checked));
    await expect.poll(() => look(url, 'acme', 'healthy'), POLL).toEqual(well);
    const { body } = await send(url, 'GET', '/v1/tenants/acme/status');
    const page = (body.endpoints as { url: string; stable?: boolean }[]).find(({ stable }) => !stable)?.url;
    await fetch(`${page}/sick`);
    await expect.poll(() => look(url, 'acme', 'unhealthy'), POLL).toEqual(ill('Unhealthy'));
    await expect.poll(unhealthy, POLL).toBe(1);
    const sick = await send(url, 'GET', '/v1/tenants/acme');
    expect(sick.text).toContain('container web: health check');
    await fetch(`${page}/well`);
    await expect.poll(() => look(url, 'acme', 'healthy'), POLL).toEqual(well);
    await expect.poll(unhealthy, POLL).toBe(0);
    await expect.poll(() => told, POLL).toEqual(['Tenant Provisioned', 'Tenant Degraded', 'Tenant Recovered']);
  });

  test('a process that is paused by hand without a health check, and that it goes on', async () => {
    const { url, dataDir, told } = await startHost();
    await provision(url, specOf('acme', steady));
    await expect.poll(() => look(url, 'acme', 'healthy'), POLL).toEqual(well);
    const [found] = await processesOf(dataDir);
    process.kill(found?.pid ?? 0, 'SIGSTOP');
    await expect.poll(() => look(url, 'acme', 'unhealthy'), POLL).toEqual(ill('Unhealthy'));
    expect((await send(url, 'GET', '/v1/tenants/acme')).text).toContain('its process is paused (SIGSTOP)');
    process.kill(found?.pid ?? 0, 'SIGCONT');
    await expect.poll(() => look(url, 'acme', 'healthy'), POLL).toEqual(well);
    await expect.poll(() => told, POLL).toEqual(['Tenant Provisioned', 'Tenant Degraded', 'Tenant Recovered']);
  });

  test('a process that was killed by hand once as restarted, and not as degraded', async () => {
    const { url, dataDir, told } = await startHost();
    await provision(url, specOf('acme', steady));
    await expect.poll(() => look(url, 'acme', 'healthy'), POLL).toEqual(well);
    const [found] = await processesOf(dataDir);
    process.kill(found?.pid ?? 0, 'SIGKILL');
    const restarts = async () => (await send(url, 'GET', '/v1/tenants/acme')).body.restart_count;
    await expect.poll(restarts, POLL).toBe(1);
    await expect.poll(() => look(url, 'acme', 'healthy'), POLL).toEqual(well);
    expect(told).toEqual(['Tenant Provisioned']);
  });

  test('a tenant that was killed by hand again and again as crashing, and well when that ends', async () => {
    const { url, dataDir } = await startHost();
    await provision(url, specOf('acme', steady));
    await expect.poll(() => look(url, 'acme', 'healthy'), POLL).toEqual(well);
    const kill = async () => {
      for (const { pid } of await processesOf(dataDir)) process.kill(pid, 'SIGKILL');
      return (await send(url, 'GET', '/v1/tenants/acme')).body.health;
    };
    await expect.poll(kill, POLL).toBe('unhealthy');
    await expect.poll(() => look(url, 'acme', 'healthy'), POLL).toEqual(well);
  });
});
