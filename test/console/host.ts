import { readFileSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import { scanMarked } from '../../src/providers/process/supervise/process-table.ts';
import { send, startTestServer, temporaryDirectory } from '../infra/local/fixture.ts';
import { PROGRAM, QUICK } from '../providers/process/lab.ts';

/** Starts a local host with process tenants, whose processes are killed after the test. Health is looked at quickly. */
export async function startHost(options: Parameters<typeof startTestServer>[0] = {}) {
  const dataDir = options.dataDir ?? temporaryDirectory();
  // Registered first, so done last: a host that still runs would start them again.
  killTenantsAfterTest(dataDir);
  return startTestServer({
    providers: { process: { type: 'process', ...QUICK } },
    frontDoorPort: 0,
    watchInterval: 200,
    healthHold: 1,
    ...options,
    dataDir,
  });
}

/** Kills the processes of tenants that a host with this data directory leaves running. */
export function killTenantsAfterTest(dataDir: string): void {
  onTestFinished(async () => {
    const owner = readFileSync(`${dataDir}/process/.installation`, 'utf8').trim();
    const left = (await scanMarked()).filter((entry) => !entry.zombie && entry.owner === owner);
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
  });
}

/** Ends with code 3, again and again. */
export const crashing = { command: ['node', '-e', 'setTimeout(() => process.exit(3), 300)'] };

/** Serves HTTP until it is stopped. */
export const serving = { command: ['node', PROGRAM], ports: [{ container_port: 8080, name: 'http' }] };

/** Never becomes ready: it prints and does not listen. */
export const waiting = {
  command: ['node', '-e', "setInterval(() => console.log('waiting for \\u001b[31mthe database'), 200)"],
  ports: [{ container_port: 8080, name: 'http' }],
  health_check: { type: 'http' },
};

/** Serves, and prints every tenth of a second: its process, markup, colours and a text that reads from right to left. */
export const printing = {
  ...serving,
  command: [
    'node',
    '--import',
    'data:text/javascript,let n = 0; setInterval(() => console.log(process.pid + " " + ++n + ' +
      '" <b>bold</b> \\u001b[31mred \\u202e evil " + (n % 20 ? "" : "x".repeat(10240))), 100)',
    PROGRAM,
  ],
};

/** Provisions a tenant with one container. */
export async function provision(url: string, tenant_id: string, container: Record<string, unknown>): Promise<void> {
  const { status, text } = await send(url, 'POST', '/v1/tenants', { body: specOf(tenant_id, container) });
  expect([200, 201, 202], text).toContain(status);
}

/** Updates a tenant to another container. */
export async function update(url: string, tenant_id: string, container: Record<string, unknown>): Promise<void> {
  const { status, text } = await send(url, 'PUT', `/v1/tenants/${tenant_id}`, { body: specOf(tenant_id, container) });
  expect([200, 202], text).toContain(status);
}

function specOf(tenant_id: string, container: Record<string, unknown>) {
  return {
    tenant_id,
    provider_type: 'process',
    containers: [{ name: 'web', image: 'example/app:1', ...container }],
    resources: { cpu: 128, memory: 128 },
    provider_config: { start_timeout_seconds: 120 },
  };
}
