import type { LocalServer } from '../../../infra/local/server.ts';
import { createClient, type TenantComputeSpec } from '../../../src/client/index.ts';
import { startLoad, type Tally } from './load.ts';

/** Responds after a moment with its version, and ends at once at SIGTERM, as programs do that handle no signals. */
const program = `require('node:http').createServer((request, response) => {
  request.resume().on('end', () => setTimeout(() => response.end(process.env.VERSION), Math.random() * 20));
}).listen(process.env.PORT, '127.0.0.1')`;

export function versionOf(tenant_id: string, version: number): TenantComputeSpec {
  return {
    tenant_id,
    provider_type: 'process',
    containers: [
      {
        name: 'web',
        image: 'node:24-alpine',
        command: ['node', '-e', program],
        env: { VERSION: String(version) },
        ports: [{ name: 'http', container_port: 8080, protocol: 'tcp' }],
        health_check: {
          type: 'http',
          interval_seconds: 5,
          timeout_seconds: 2,
          healthy_threshold: 1,
          unhealthy_threshold: 3,
        },
      },
    ],
    resources: { cpu: 128, memory: 128 },
  };
}

export interface Rounds {
  updates: number;
  rollbacks: number;
  clients: number;
}

/** Updates a tenant and rolls it back under the load of clients that send requests to its stable address all the time. */
export async function updateUnderLoad(server: LocalServer, { updates, rollbacks, clients }: Rounds): Promise<Tally> {
  const client = createClient({ endpoint: server.url });
  const id = 'acme';
  const done = async (answer: Promise<{ operationId?: string | undefined }>) => {
    const { operationId } = await answer;
    if (operationId) await client.waitForOperation(operationId, { timeoutMs: 60_000 });
  };
  await done(client.provisionTenant(versionOf(id, 0)));
  const load = startLoad({ port: server.frontDoorPort ?? 0, host: `${id}.localhost`, clients });
  for (let version = 1; version <= updates; version += 1) {
    await done(client.updateTenant(id, versionOf(id, version)));
  }
  for (let revision = 1; revision <= rollbacks; revision += 1) await done(client.rollbackTenant(id, revision));
  await load.stop();
  await done(client.destroyTenant(id));
  return load.tally;
}
