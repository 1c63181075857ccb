import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { scanMarked } from '../../../src/providers/process/supervise/process-table.ts';
import { type Child, run, untilListening } from '../../infra/local/child.ts';
import { send, temporaryDirectory } from '../../infra/local/fixture.ts';
import { type Damage, damagesOfFiles, damagesOfFolders, give, inflict, userOfHosts } from './damages.ts';

const TOKEN = 'token-of-this-test';

/** How long an inventory may take to bring back what is lost. */
const HEALS_WITHIN = 90_000;

/** Half of the damages, in which every kind and every file occurs. With BERTH_ALL_DAMAGES, as in CI: all of them. */
function sampled<T>(all: readonly T[]): T[] {
  return process.env.BERTH_ALL_DAMAGES ? [...all] : all.filter((_, index) => index % 2 === 0);
}

const settings = { process: { type: 'process', stop_grace_seconds: 1, settle_seconds: 0.1 } };

function specOf(tenant_id: string) {
  const containers = [{ name: 'main', image: 'none', command: ['sleep', '86400'] }];
  return { tenant_id, provider_type: 'process', containers, resources: { cpu: 128, memory: 128 } };
}

/** Starts hosts one after the other on one data directory, and ends all tenants that they leave. */
class Machine {
  readonly dataDir: string;
  #host: Child | undefined;
  #url = '';
  #installation = '';

  constructor() {
    const directory = temporaryDirectory();
    give(directory);
    if (userOfHosts !== undefined) chmodSync(dirname(directory), 0o711); // lets that user through
    this.dataDir = join(directory, 'data');
    onTestFinished(async () => {
      for (const { pid } of await this.processes()) process.kill(pid, 'SIGKILL');
    });
  }

  async start(): Promise<void> {
    // Another user than that of the host needs a token.
    const env = { BERTH_PROVIDERS: JSON.stringify(settings), BERTH_TOKEN: TOKEN };
    this.#host = run('main.ts', { args: ['--port', '0', '--data-dir', this.dataDir], env, user: userOfHosts });
    this.#url = await untilListening(this.#host);
    const { body } = await this.send('GET', '/v1/installation');
    this.#installation ||= String(body.installation_id);
    expect(body.installation_id).toBe(this.#installation);
  }

  async kill(): Promise<void> {
    this.#host?.process.kill('SIGKILL');
    await this.#host?.ended;
  }

  async stop(): Promise<void> {
    this.#host?.process.kill('SIGTERM');
    await this.#host?.ended;
  }

  send(method: string, path: string, body?: unknown) {
    return send(this.#url, method, path, {
      body,
      headers: { 'cache-control': 'no-cache', authorization: `Bearer ${TOKEN}` },
    });
  }

  /** Returns the processes that were started for tenants of this machine, whatever its files say. */
  async processes() {
    const all = (await scanMarked()).filter(({ zombie }) => !zombie);
    return all.filter(({ installation }) => this.#installation !== '' && installation === this.#installation);
  }

  async processesOf(ids: readonly string[]): Promise<number[]> {
    return (await this.processes()).filter(({ tenant = '' }) => ids.includes(tenant)).map(({ pid }) => pid);
  }

  /** Returns the state of each tenant, and how many processes it has. */
  async view(ids: readonly string[]): Promise<Record<string, string>> {
    const processes = await this.processes();
    const views = ids.map(async (id) => {
      const { status, body } = await this.send('GET', `/v1/tenants/${id}/status`);
      const count = processes.filter(({ tenant }) => tenant === id).length;
      return [id, `${status === 200 ? body.state : `${status} ${body.detail}`}, processes: ${count}`] as const;
    });
    return Object.fromEntries(await Promise.all(views));
  }
}

async function provisionAll(machine: Machine, ids: readonly string[]): Promise<void> {
  const made = await Promise.all(ids.map((id) => machine.send('POST', '/v1/tenants', specOf(id))));
  for (const { status, text } of made) expect([201, 202], text).toContain(status);
  await expectToRun(machine, ids);
}

async function expectToRun(machine: Machine, ids: readonly string[]): Promise<void> {
  const wanted = Object.fromEntries(ids.map((id) => [id, 'running, processes: 1']));
  await expect.poll(() => machine.view(ids), { timeout: HEALS_WITHIN, interval: 500 }).toEqual(wanted);
}

async function destroyAll(machine: Machine, ids: readonly string[]): Promise<void> {
  const gone = await Promise.all(ids.map((id) => machine.send('DELETE', `/v1/tenants/${id}`)));
  for (const { status, text } of gone) expect([202, 204], text).toContain(status);
  await expect.poll(() => machine.processesOf(ids), { timeout: HEALS_WITHIN, interval: 500 }).toEqual([]);
  const left = () =>
    readdirSync(join(machine.dataDir, 'process')).filter((name) => ids.some((id) => name.includes(id)));
  await expect.poll(left, { timeout: 30_000 }).toEqual([]);
  // Passes take locks for milliseconds. The log copier has its pipe there, and hosts their clock.
  const locks = () => readdirSync(join(machine.dataDir, 'process', '.locks')).filter((name) => !name.startsWith('.'));
  await expect.poll(locks, { interval: 5 }).toEqual([]);
}

/** A lock and a token, as a host leaves them that is killed. */
const DEAD_LOCK = JSON.stringify([2 ** 22 + 1, 'long ago', 'x']);
const OLD_TOKEN = `berth_${'x'.repeat(43)}`;

function leave(path: string, text: string | Uint8Array): void {
  writeFileSync(path, text, { mode: 0o600 });
  give(path);
}

test('each tenant whose files are damaged runs once after the next start, and its destroy leaves nothing', async () => {
  const machine = new Machine();
  await machine.start();
  const cases = sampled([
    ...['record.json', 'lock'].flatMap((file) => damagesOfFiles.map((damage) => ({ file, damage }))),
    ...['', 'logs', 'work', 'tmp'].flatMap((file) => damagesOfFolders.map((damage) => ({ file, damage }))),
  ]).map((entry, index) => ({
    ...entry,
    id: `t${index}-${entry.file.slice(0, 4)}-${entry.damage.replaceAll(' ', '-')}`,
  }));
  const ids = cases.map(({ id }) => id);
  await provisionAll(machine, ids);
  await machine.kill();
  for (const { id, file, damage } of cases) {
    const lock = join(machine.dataDir, 'process/.locks', id);
    if (file === 'lock') leave(lock, DEAD_LOCK);
    inflict(damage, file === 'lock' ? lock : join(machine.dataDir, 'process', id, file));
  }
  await machine.start();
  await expectToRun(machine, ids);
  // Each is supervised again, too.
  for (const { pid } of await machine.processes()) process.kill(pid, 'SIGKILL');
  await expectToRun(machine, ids);
  await destroyAll(machine, ids);
}, 240_000);

const shared = ['process/.installation', 'process/.place', 'process/.locks/.ports', 'host.pid', 'berth.log', 'token'];
function damaged(file: string, damage: Damage = 'removed'): [file: string, damage: Damage] {
  return [file, damage];
}

/** What is damaged in each round: all files, each in another way, or one folder. */
const rounds = sampled([
  ...damagesOfFiles.map((_, round) =>
    shared.map((file, index) => damaged(file, damagesOfFiles[(round + index) % damagesOfFiles.length])),
  ),
  ...['process/.locks', 'process'].flatMap((file) => damagesOfFolders.map((damage) => [damaged(file, damage)])),
]);

test('no damage of a file that all tenants share ends, doubles or hides a tenant', async () => {
  const machine = new Machine();
  await machine.start();
  const ids = ['one', 'two'];
  await provisionAll(machine, ids);
  for (const round of rounds) {
    await machine.kill();
    leave(join(machine.dataDir, 'process/.locks/.ports'), DEAD_LOCK);
    leave(join(machine.dataDir, 'token'), OLD_TOKEN);
    for (const [file, damage] of round) inflict(damage, join(machine.dataDir, file));
    await machine.start();
    await expectToRun(machine, ids).catch((error: Error) => {
      throw new Error(`${round.map((each) => each.join(' ')).join(', ')}: ${error.message}`);
    });
    await provisionAll(machine, ['three']);
    await destroyAll(machine, ['three']);
  }
  await destroyAll(machine, ids);
}, 300_000);

test('a damaged database is refused, its tenants run on, and a copy of it brings everything back', async () => {
  const machine = new Machine();
  await machine.start();
  await provisionAll(machine, ['one']);
  await machine.stop();
  const file = join(machine.dataDir, 'berth.db');
  const copy = readFileSync(file);
  for (const damage of ['emptied', 'cut in half', 'garbled', 'replaced by a folder'] as const) {
    inflict(damage, file);
    await expect(machine.start()).rejects.toThrow(/The database .+\n.+/);
    expect(await machine.processes()).toHaveLength(1);
    rmSync(file, { recursive: true });
    leave(file, copy);
  }
  await machine.start();
  await expectToRun(machine, ['one']);
  await destroyAll(machine, ['one']);
}, 120_000);
