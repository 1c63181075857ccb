import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalServer } from '../../../infra/local/server.ts';
import { updateUnderLoad } from './updates.ts';

const { values } = parseArgs({
  options: {
    updates: { type: 'string', default: '20' },
    rollbacks: { type: 'string', default: '5' },
    clients: { type: 'string', default: '16' },
  },
});
const [updates, rollbacks, clients] = [values.updates, values.rollbacks, values.clients].map(Number) as [
  number,
  number,
  number,
];
const dataDir = await mkdtemp(join(tmpdir(), 'berth-door-'));
const providers = { process: { type: 'process', ready_wait_seconds: 20 } };
const server = await startLocalServer({ port: 0, frontDoorPort: 0, dataDir, providers });
try {
  process.stdout.write(`${clients} clients, ${updates} updates, ${rollbacks} rollbacks through the front door\n`);
  const { sent, failed, versions } = await updateUnderLoad(server, { updates, rollbacks, clients });
  process.stdout.write(`  requests  ${sent}\n  versions  ${versions.size}\n  failed    ${failed.length}\n`);
  for (const failure of failed.slice(0, 10)) process.stdout.write(`    ${failure}\n`);
  process.exitCode = failed.length === 0 && versions.size === updates + 1 ? 0 : 1;
} finally {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}
