import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scanMarked } from '../../../src/providers/process/supervise/process-table.ts';
import { startHost } from './host.ts';
import { carryThrough, runClient, type Wishes } from './load.ts';

export interface Figures {
  rounds: number;
  requests: number;
  tenants: number;
  /** Tenant processes that run and that no tenant owns. */
  leaked: number;
  /** Tenant processes that should run and do not, or run another version. */
  missing: number;
  /** Tenants whose record is not what was last asked for. */
  wrong: number;
}

export interface RoundsOptions {
  dataDir: string;
  rounds: number;
  random(): number;
  onRound?(round: number): void;
}

const CLIENTS = 3;
const TENANTS_EACH = 2;

/**
 * Kills the local host at random moments while clients change tenants that are real processes, and starts it again each
 * time. At the end the last host is given time to settle, and the process table is compared with what was last asked for.
 */
export async function runRounds({ dataDir, rounds, random, onRound }: RoundsOptions): Promise<Figures> {
  const wishes: Wishes = new Map();
  const stop = new AbortController();
  let host = await startHost(dataDir);
  let url: string | undefined = host.url;
  const clients = Array.from({ length: CLIENTS }, (_, client) => {
    const tenants = Array.from({ length: TENANTS_EACH }, (_, index) => `tenant-${client}-${index}`);
    return runClient({ url: () => url, random, tenants, wishes, signal: stop.signal });
  });
  for (let round = 1; round <= rounds; round += 1) {
    await sleep(50 + random() * 700);
    url = undefined;
    await host.end('SIGKILL');
    host = await startHost(dataDir);
    url = host.url;
    onRound?.(round);
  }
  stop.abort();
  const requests = (await Promise.all(clients)).reduce((sum, count) => sum + count, 0);
  for (const [id, version] of wishes) await carryThrough(() => url, id, version);
  const wrong = await untilSettled(host.url, wishes);
  const { leaked, missing } = await compare(dataDir, wishes);
  await Promise.all([...wishes.keys()].map((id) => carryThrough(() => url, id, undefined)));
  await untilSettled(host.url, new Map([...wishes.keys()].map((id) => [id, undefined])));
  const left = await compare(dataDir, new Map());
  await host.end('SIGTERM');
  return { rounds, requests, tenants: wishes.size, leaked: leaked + left.leaked, missing, wrong };
}

/** Waits until every tenant is at what was last asked for; answers how many never got there. */
async function untilSettled(url: string, wishes: Wishes): Promise<number> {
  let wrong = wishes.size;
  for (const deadline = Date.now() + 60_000; wrong > 0 && Date.now() < deadline; await sleep(100)) {
    const settled = await Promise.all([...wishes].map(([id, version]) => isSettled(url, id, version)));
    wrong = settled.filter((is) => !is).length;
  }
  return wrong;
}

async function isSettled(url: string, id: string, version: number | undefined): Promise<boolean> {
  const response = await fetch(`${url}/v1/tenants/${id}`);
  if (response.status === 404) return version === undefined;
  const { phase, last_operation } = (await response.json()) as { phase: string; last_operation: { state: string } };
  return phase === (version === undefined ? 'destroyed' : 'ready') && last_operation.state === 'succeeded';
}

/** Every process of this installation against what there should be: two containers of the version of each tenant. */
async function compare(dataDir: string, wishes: Wishes): Promise<{ leaked: number; missing: number }> {
  const installation = (await readFile(join(dataDir, 'process', '.installation'), 'utf8')).trim();
  const running = (await scanMarked()).filter(({ owner, zombie }) => owner === installation && !zombie);
  const found: string[] = await Promise.all(running.map(({ pid }) => describe(pid)));
  const expected = [...wishes].flatMap(([id, version]) =>
    version === undefined ? [] : ['a', 'b'].map((name) => `${id}/${name}/${version}`),
  );
  const leaked = [...found];
  const missing = expected.filter((each) => {
    const at = leaked.indexOf(each);
    if (at >= 0) leaked.splice(at, 1);
    return at < 0;
  });
  return { leaked: leaked.length, missing: missing.length };
}

async function describe(pid: number): Promise<string> {
  const entries = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').map((entry) => entry.split(/=(.*)/s));
  const env: Record<string, string | undefined> = Object.fromEntries(entries);
  return `${env.BERTH_TENANT_ID}/${env.BERTH_CONTAINER}/${env.VERSION}`;
}
