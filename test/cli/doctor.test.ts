import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';

/** Makes a data directory as a host leaves it, with one tenant, and contexts. */
function prepare() {
  const dataDir = temporaryDirectory();
  const config = join(dataDir, 'config.json');
  const write = (name: string, text = '') => {
    mkdirSync(dirname(join(dataDir, name)), { recursive: true, mode: 0o700 });
    writeFileSync(join(dataDir, name), text, { mode: 0o600 });
  };
  write('berth.db', `SQLite format 3\0${'x'.repeat(100)}`);
  for (const name of ['berth.log', 'host.pid', 'process/.installation', 'process/.locks/.copier.pipe']) write(name);
  write('process/acme/record.json', '{}');
  write('process/acme/logs/x.log');
  write('config.json', '{"contexts":{}}');
  const env = { BERTH_DATA_DIR: dataDir, BERTH_CONFIG: config };
  const doctor = async (...words: string[]) => {
    const { stdout } = await cli(['doctor', '-o', 'json', ...words], { endpoint: 'none', env });
    const { checks } = JSON.parse(stdout) as { checks: { check: string; outcome: string; finding: string }[] };
    return checks.filter(({ check }) => check === 'files' || check === 'contexts');
  };
  return { dataDir, write, doctor };
}

const outcomesOf = (checks: { outcome: string }[]) => checks.map(({ outcome }) => outcome);

test('doctor finds nothing wrong with files as Berth leaves them', async () => {
  const { doctor, dataDir } = prepare();
  expect(await doctor()).toMatchObject([
    { outcome: 'fine' },
    { outcome: 'fine', finding: `the data directory ${dataDir}` },
  ]);
});

test.each([
  [
    'a file that others may read',
    (at: string) => chmodSync(join(at, 'berth.log'), 0o644),
    'berth.log is open to other users',
  ],
  [
    'a closed record',
    (at: string) => chmodSync(join(at, 'process/acme/record.json'), 0),
    'record.json is closed to its',
  ],
  [
    'a closed folder',
    (at: string) => chmodSync(join(at, 'process/acme/logs'), 0o100),
    'logs is closed to its own user',
  ],
  [
    'what was moved aside',
    (at: string) => mkdirSync(join(at, 'process/acme.damaged')),
    'acme.damaged was found in the place',
  ],
  ['unreadable contexts', (at: string) => writeFileSync(join(at, 'config.json'), '{'), 'config.json has no contexts'],
])('doctor tells of %s, and mends it with --fix only', async (_, damage, finding) => {
  const { doctor, dataDir } = prepare();
  damage(dataDir);
  const told = (await doctor()).filter(({ outcome }) => outcome === 'wrong');
  expect(told).toMatchObject([{ finding: expect.stringContaining(finding) }]);
  const fixed = await doctor('--fix');
  expect(outcomesOf(fixed)).toEqual(fixed.map(() => 'fine'));
  expect(fixed.map((check) => check.finding).join()).toMatch(/its mode is now|removed|moved to/);
  expect(outcomesOf(await doctor())).toEqual(['fine', 'fine']);
});

test.each([
  ['an empty database', 'berth.db', '', 'berth.db is no database'],
  ['a database that is none', 'berth.db', 'x'.repeat(500), 'berth.db is no database'],
  ['a damaged record', 'process/acme/record.json', '{"ver', 'record.json is damaged'],
])('doctor tells of %s, and leaves it to the user', async (_, file, text, finding) => {
  const { doctor, write, dataDir } = prepare();
  write(file, text);
  for (const words of [[], ['--fix']]) {
    const told = (await doctor(...words)).filter(({ outcome }) => outcome === 'wrong');
    expect(told).toMatchObject([{ finding: expect.stringContaining(finding), advice: expect.any(String) }]);
  }
  expect(readFileSync(join(dataDir, file), 'utf8')).toBe(text);
});

test('doctor --fix leaves files and folders alone that are not Berth’s', async () => {
  const { doctor, write, dataDir } = prepare();
  for (const name of [
    'thesis.damaged',
    'photos/a.damaged',
    'process/theirs/b.damaged',
    'process/acme/work/c.damaged',
  ]) {
    write(name);
    chmodSync(join(dataDir, name), 0o644);
  }
  expect(outcomesOf(await doctor('--fix'))).toEqual(['fine', 'fine']);
  for (const name of [
    'thesis.damaged',
    'photos/a.damaged',
    'process/theirs/b.damaged',
    'process/acme/work/c.damaged',
  ]) {
    expect(existsSync(join(dataDir, name))).toBe(true);
    expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o644);
  }
});
