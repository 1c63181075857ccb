import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { changes } from '../functions/runtime/setup/changes.ts';
import { readConfig } from '../functions/runtime/setup/config.ts';
import { createServices } from '../functions/runtime/setup/services.ts';
import { sweeps } from '../functions/runtime/setup/sweeps.ts';
import { ChangeLog } from '../infra/local/database/change-log.ts';
import { openDatabase } from '../infra/local/database/open-database.ts';
import { createSqliteTable } from '../infra/local/database/sqlite-table.ts';
import { WATCH_INTERVAL } from '../infra/local/schedule.ts';
import { inParallel } from '../src/compute/in-parallel.ts';
import { validateComputeSpec } from '../src/compute/spec/validate.ts';
import { machine } from './harness.ts';

/*
 * `npm run bench:watch`: what it costs to watch the health of 200 tenants, each a process of this machine. The parts are
 * those of the local host, its database and process provider included. Rounds are made one after the other, and nothing
 * else runs meanwhile. The supervision of the processes is another cost: it is measured apart, with no round in between.
 */

const TENANTS = 200;
const WARM_UP = 20;
const ROUNDS = 200;
const SUPERVISED_MS = 10_000;

const dataDir = mkdtempSync(join(tmpdir(), 'berth-watch-'));
const config = { ...readConfig({ BERTH_DATA_DIR: dataDir }, {}), logLevel: 'SILENT' as const };
const database = await openDatabase(dataDir);
const table = createSqliteTable(database, new ChangeLog(database).written);
const services = await createServices(config, { table, write: () => undefined, watchEveryMs: 0 });
const provider = services.registry.get('process');
const { tenants } = changes(services);
const { watchSchedule } = sweeps(services);
const ids = Array.from({ length: TENANTS }, (_, number) => `tenant-${number}`);
const caller = { actor: 'bench' };

try {
  await inParallel(ids, 20, (tenant_id) => tenants.provision(specOf(tenant_id), caller));
  await makeRounds(WARM_UP);
  const perRound = (await cpuOf(() => makeRounds(ROUNDS))) / ROUNDS;
  await provider.start?.();
  await sleep(SUPERVISED_MS / 2);
  const supervision = await cpuOf(() => sleep(SUPERVISED_MS));
  const share = (milliseconds: number, of: number) => `${((milliseconds / of) * 100).toFixed(2)} % of a core`;
  process.stdout.write(
    [
      machine(),
      `${TENANTS} tenants, each a process of this machine; ${ROUNDS} rounds`,
      `a round:      ${perRound.toFixed(2)} ms of CPU; every ${WATCH_INTERVAL / 1000} s that is ` +
        share(perRound, WATCH_INTERVAL),
      `supervision:  ${share(supervision, SUPERVISED_MS)}, which is no part of the watch`,
      '',
    ].join('\n'),
  );
} finally {
  await inParallel(ids, 20, (tenantId) => tenants.destroy(tenantId, caller));
  await provider.close?.();
  database.close();
  rmSync(dataDir, { recursive: true, force: true });
}

async function makeRounds(count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    const report = await watchSchedule.runIfDue('process');
    const isWhole = report?.watched === TENANTS && report.unhealthy + report.unreachable === 0;
    if (!isWhole) throw new Error(`a round found ${JSON.stringify(report)}`);
  }
}

/** Returns the CPU time of this process while some work is done. Milliseconds. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function specOf(tenant_id: string) {
  return validateComputeSpec({
    tenant_id,
    provider_type: 'process',
    containers: [{ name: 'worker', image: 'example/worker:1', command: ['sleep', '3600'] }],
    resources: { cpu: 128, memory: 128 },
  });
}
