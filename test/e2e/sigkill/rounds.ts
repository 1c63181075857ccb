import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scanMarked } from '../../../src/providers/process/supervise/process-table.ts';
import { startHost } from './host.ts';
import { type DesiredVersions, requestUntilAccepted, runClient, type Wish } from './load.ts';

export interface Figures {
  rounds: number;
  requests: number;
  tenants: number;
  /** Running tenant processes that belong to no tenant, and volumes of tenants that are gone. */
  leaked: number;
  /** Expected tenant processes that do not run, or run another version, and volumes without what that version wrote. */
  missing: number;
  /** Tenants whose record differs from the last request. */
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
 * Kills the local host at random moments while clients change tenants that are real processes, and restarts it each time.
 * At the end it waits until the last host has settled, and compares the process table with the last requests.
 */
export async function runRounds({ dataDir, rounds, random, onRound }: RoundsOptions): Promise<Figures> {
  const desired: DesiredVersions = new Map();
  const stop = new AbortController();
  let host = await startHost(dataDir);
  let url: string | undefined = host.url;
  const clients = Array.from({ length: CLIENTS }, (_, client) => {
    const tenants = Array.from({ length: TENANTS_EACH }, (_, index) => `tenant-${client}-${index}`);
    return runClient({ url: () => url, random, tenants, desired, signal: stop.signal });
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
  for (const [id, wish] of desired) await requestUntilAccepted(() => url, id, wish);
  const wrong = await untilSettled(host.url, desired);
  const { leaked, missing } = await compareAtRest(dataDir, desired);
  await Promise.all([...desired.keys()].map((id) => requestUntilAccepted(() => url, id, undefined)));
  await untilSettled(host.url, new Map([...desired.keys()].map((id) => [id, undefined])));
  const left = await compareAtRest(dataDir, new Map());
  await host.end('SIGTERM');
  return { rounds, requests, tenants: desired.size, leaked: leaked + left.leaked, missing, wrong };
}

/** Waits until every tenant is as last requested. Returns how many are not within a minute. */
async function untilSettled(url: string, desired: DesiredVersions): Promise<number> {
  let wrong = desired.size;
  for (const deadline = Date.now() + 60_000; wrong > 0 && Date.now() < deadline; await sleep(100)) {
    const settled = await Promise.all([...desired].map(([id, wish]) => isSettled(url, id, wish)));
    wrong = settled.filter((is) => !is).length;
  }
  return wrong;
}

async function isSettled(url: string, id: string, wish: Wish | undefined): Promise<boolean> {
  const response = await fetch(`${url}/v1/tenants/${id}`);
  if (response.status === 404) return wish === undefined;
  const { phase, last_operation } = (await response.json()) as { phase: string; last_operation: { state: string } };
  return (
    phase === (wish === undefined ? 'destroyed' : wish.stopped ? 'stopped' : 'ready') &&
    last_operation.state === 'succeeded'
  );
}

/** Compares again for a while where something is left: processes of a replaced version may be in their grace. */
async function compareAtRest(dataDir: string, desired: DesiredVersions): Promise<{ leaked: number; missing: number }> {
  for (const deadline = Date.now() + 30_000; ; await sleep(250)) {
    const compared = await compare(dataDir, desired);
    if (compared.leaked + compared.missing === 0 || Date.now() > deadline) return compared;
  }
}

/** Compares the processes with the expected ones: two containers for each tenant, none for a stopped one. */
async function compare(dataDir: string, desired: DesiredVersions): Promise<{ leaked: number; missing: number }> {
  const installation = (await readFile(join(dataDir, 'process', '.installation'), 'utf8')).trim();
  const running = (await scanMarked()).filter(({ owner, zombie }) => owner === installation && !zombie);
  const found = (await Promise.all(running.map(({ pid }) => describe(pid)))).filter((each) => each !== undefined);
  const expected = [...desired].flatMap(([id, wish]) =>
    !wish || wish.stopped ? [] : ['a', 'b'].map((name) => `${id}/${name}/${wish.version}`),
  );
  const leaked = [...found];
  const missing = expected.filter((each) => {
    const at = leaked.indexOf(each);
    if (at >= 0) leaked.splice(at, 1);
    return at < 0;
  });
  const volumes = await compareVolumes(dataDir, desired);
  return { leaked: leaked.length + volumes.leaked, missing: missing.length + volumes.missing };
}

/** Compares the volumes: each version that runs has noted itself in that of its tenant, and gone tenants have none. */
async function compareVolumes(dataDir: string, desired: DesiredVersions): Promise<{ leaked: number; missing: number }> {
  const root = join(dataDir, 'process', '.volumes');
  const leaked = (await readdir(root).catch(() => [])).filter((id) => !desired.get(id));
  const lacking = await Promise.all(
    [...desired].map(async ([id, wish]) => {
      if (!wish || wish.stopped) return false;
      const noted = await readFile(join(root, id, 'data', 'versions'), 'utf8').catch(() => '');
      return !noted.split('\n').includes(String(wish.version));
    }),
  );
  return { leaked: leaked.length, missing: lacking.filter(Boolean).length };
}

/** Returns what a process runs, or undefined where it has ended meanwhile: then its environment is gone or empty. */
async function describe(pid: number): Promise<string | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
  });
  if (!environment) return undefined;
  const entries = environment.split('\0').map((entry) => entry.split(/=(.*)/s));
  const env: Record<string, string | undefined> = Object.fromEntries(entries);
  return `${env.BERTH_TENANT_ID}/${env.BERTH_CONTAINER}/${env.VERSION}`;
}
