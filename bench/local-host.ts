import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { median, type Result } from './harness.ts';
import { spec } from './spec.ts';
import { type ServerProcess, startProcess } from './start-process.ts';

const ROUNDS = 5;
const SECONDS = 2;
const CONNECTIONS = 10;

/**
 * Measures a status request to the local host, including its log, against `node:http` with the same answer. Each server is
 * its own process, so neither waits for the other or for the client.
 */
export async function measureLocalHost(): Promise<Result> {
  const dataDir = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  const servers: ServerProcess[] = [];
  const start = async (...args: string[]) => {
    const server = await startProcess(args);
    servers.push(server);
    return server.url;
  };
  try {
    const host = await start('infra/local/main.ts', '--port', '0', '--data-dir', dataDir);
    const path = `/v1/tenants/${spec.tenant_id}/status?provider=memory`;
    const answer = await provision(host, path);
    const bare = await start('bench/bare-http.ts', answer);
    const samples = { host: [] as number[], bare: [] as number[] };
    for (const url of [host, bare]) await nanosecondsEach(url + path); // warms up
    for (let round = 0; round < ROUNDS; round += 1) {
      samples.host.push(await nanosecondsEach(host + path));
      samples.bare.push(await nanosecondsEach(bare + path));
    }
    const [ns, floorNs] = [median(samples.host), median(samples.bare)];
    return {
      name: 'local host, status',
      floor: 'node:http, the same bytes',
      ns,
      floorNs,
      ratio: ns / floorNs,
      goal: 2.2,
    };
  } finally {
    for (const server of servers) await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function provision(host: string, path: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const created = await fetch(`${host}/v1/tenants`, { method: 'POST', headers, body: JSON.stringify(spec) });
  if (created.status !== 201) throw new Error(`provision answered ${created.status}: ${await created.text()}`);
  return (await fetch(host + path)).text();
}

/** Returns the mean time from one answer to the next under constant load. */
async function nanosecondsEach(url: string): Promise<number> {
  const { requests, non2xx, errors } = await autocannon({ url, connections: CONNECTIONS, duration: SECONDS });
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} answers without success, ${errors} failed requests`);
  return 1e9 / requests.average;
}
