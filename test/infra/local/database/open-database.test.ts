import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { CommandError } from '../../../../infra/local/command-line.ts';
import { openDatabase } from '../../../../infra/local/database/open-database.ts';
import { createSqliteTable } from '../../../../infra/local/database/sqlite-table.ts';
import { Store } from '../../../../src/tenants/store/store.ts';
import { anOperation, aReadyTenant } from '../../../support/tenants.ts';
import { temporaryDirectory } from '../fixture.ts';

const item = { pk: 'tenant#acme', sk: 'acme', data: 'x'.repeat(2000), version: 1 };

/** A data directory with a database of some pages, which is closed. */
async function makeDatabase(): Promise<{ directory: string; path: string }> {
  const directory = temporaryDirectory();
  const database = await openDatabase(directory);
  const table = createSqliteTable(database);
  for (let n = 0; n < 50; n += 1) await table.put({ ...item, sk: `item-${n}` }, 'absent');
  database.close();
  return { directory, path: join(directory, 'berth.db') };
}

test('a directory has one host at a time, and the second is told which process holds it', async () => {
  const directory = temporaryDirectory();
  const first = await openDatabase(directory);
  const second = expect(openDatabase(directory)).rejects;
  await second.toThrow(CommandError);
  await second.toThrow(`Another Berth (process ${process.pid}) is using the data directory ${directory}.\nStop it`);
  await createSqliteTable(first).put(item, 'absent');
  first.close();
  const third = await openDatabase(directory);
  onTestFinished(() => third.close());
  expect(await createSqliteTable(third).get(item.pk, item.sk)).toEqual(item);
});

test.each([0o000, 0o022, 0o077, 0o777])('its files are private under the umask %o', (umask) => {
  const directory = temporaryDirectory();
  const module = new URL('../../../../infra/local/database/open-database.ts', import.meta.url);
  const script = `process.umask(${umask}); const { openDatabase } = await import('${module}');
    await openDatabase(process.argv[1]); process.kill(process.pid, 'SIGKILL');`;
  spawnSync(process.execPath, ['--input-type=module', '-e', script, directory], { stdio: 'inherit' });
  const files = readdirSync(directory).filter((name) => name.startsWith('berth.db'));
  expect(files).toEqual(['berth.db', 'berth.db-wal']);
  for (const file of files) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
});

test.each<[what: string, damage: (path: string) => void, problem: string]>([
  ['is no database', (path) => writeFileSync(path, 'a text of some length'.repeat(200)), 'is not a database'],
  ['is cut off', (path) => truncateSync(path, statSync(path).size / 2), 'is damaged'],
  ['has other bytes in the middle', (path) => writeFileSync(path, overwrittenInTheMiddle(path)), 'is damaged'],
])('a file that %s is refused in plain words, and left as it is', async (_, damage, problem) => {
  const { directory, path } = await makeDatabase();
  damage(path);
  const before = readFileSync(path);
  const refused = expect(openDatabase(directory)).rejects;
  await refused.toThrow(CommandError);
  await refused.toThrow(`The database ${path} ${problem} (`);
  await refused.toThrow(/\)\.\nPut a copy of it in its place\. Or move it away/);
  expect(readFileSync(path).equals(before)).toBe(true);
});

function overwrittenInTheMiddle(path: string): Buffer {
  const bytes = readFileSync(path);
  return bytes.fill(0xa5, bytes.length / 2, bytes.length / 2 + 8192);
}

test('a folder in the place of the file is refused', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'berth.db'));
  await expect(openDatabase(directory)).rejects.toThrow(`The database ${join(directory, 'berth.db')} is a folder (`);
});

test('a file of a newer version is refused', async () => {
  const { directory, path } = await makeDatabase();
  const { DatabaseSync } = await import('node:sqlite');
  const connection = new DatabaseSync(path);
  connection.exec('PRAGMA user_version = 99');
  connection.close();
  await expect(openDatabase(directory)).rejects.toThrow(
    `The database ${path} was written by a newer version of Berth.`,
  );
});

test.each(['tables', 'events'])(
  'the LevelDB files of older versions in %s are refused, and left as they are',
  async (old) => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, old));
    writeFileSync(join(directory, old, 'CURRENT'), 'MANIFEST-000001\n');
    const refused = expect(openDatabase(directory)).rejects;
    await refused.toThrow(CommandError);
    await refused.toThrow(`The data directory ${directory} was written by an older version of Berth`);
    await refused.toThrow('Choose another directory with --data-dir, or destroy its tenants with that version first');
    expect(readdirSync(directory)).toEqual([old]);
  },
);

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot || process.platform !== 'linux')('a full disk at the start is told in plain words', () => {
  const directory = temporaryDirectory();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', directory]);
  if (mounted.status !== 0) return; // no right to mount in this container
  const main = fileURLToPath(new URL('../../../../infra/local/main.ts', import.meta.url));
  try {
    const words = [main, '--port', '0', '--data-dir', directory];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^The database \S+ cannot be written, because the disk is full/),
    ]);
    expect(stderr).not.toMatch(/\n\s+at /);
  } finally {
    spawnSync('umount', [directory]);
  }
});

test.skipIf(!isRoot || process.platform !== 'linux')('a file that may only be read is refused', async () => {
  const { directory, path } = await makeDatabase();
  const mounted = spawnSync('mount', ['--bind', '-o', 'ro', directory, directory]);
  if (mounted.status !== 0) return; // no right to mount in this container
  try {
    const refused = expect(openDatabase(directory)).rejects;
    await refused.toThrow(CommandError);
    await refused.toThrow(`The database ${path} is read-only (`);
  } finally {
    spawnSync('umount', [directory]);
  }
  expect(existsSync(path)).toBe(true);
});

test('a file of schema version 2 gets the activity of the operations in it, and announces nothing again', async () => {
  const { directory, path } = await makeDatabase();
  const database = await openDatabase(directory);
  const store = new Store(createSqliteTable(database));
  await store.putTenant(
    { ...aReadyTenant(), operation: anOperation(2, { requested_at: '2026-01-02T00:00:00.000Z' }) },
    0,
  );
  await store.putHistory({ operation: anOperation(1, { requested_at: '2026-01-01T00:00:00.000Z' }) });
  const listed = (await store.listActivity({ limit: 10, caller: 'tests' })).operations;
  database.close();
  const { DatabaseSync } = await import('node:sqlite');
  const old = new DatabaseSync(path);
  for (const name of ['insert', 'update', 'delete']) old.exec(`DROP TRIGGER record_${name}`);
  old.exec('DROP INDEX items_activity');
  for (const name of ['activity', 'activity_at', 'activity_summary']) old.exec(`ALTER TABLE items DROP COLUMN ${name}`);
  old.exec("INSERT INTO items (pk, sk, data) VALUES ('tenant#damaged', 'damaged', '{')");
  old.exec('DELETE FROM changes; PRAGMA user_version = 2');
  old.close();

  const reopened = await openDatabase(directory);
  onTestFinished(() => reopened.close());
  const after = new Store(createSqliteTable(reopened));
  expect(listed).toHaveLength(2);
  expect((await after.listActivity({ limit: 10, caller: 'tests' })).operations).toEqual(listed);
  expect((await after.getTenant('acme')).tenant).toMatchObject({ phase: 'ready' });
  expect(reopened.all('SELECT * FROM changes')).toEqual([]);
});

test('a file of schema version 1 keeps its items, and records changes of orphans from then on', async () => {
  const { directory, path } = await makeDatabase();
  const { DatabaseSync } = await import('node:sqlite');
  const old = new DatabaseSync(path);
  // Version 1 recorded the writes of tenants only.
  for (const [name, row, operation] of [
    ['insert', 'NEW', 'INSERT'],
    ['update', 'NEW', 'UPDATE'],
    ['delete', 'OLD', 'DELETE'],
  ]) {
    old.exec(`DROP TRIGGER record_${name};
      CREATE TRIGGER record_${name} AFTER ${operation} ON items WHEN substr(${row}.pk, 1, 7) = 'tenant#'
      BEGIN INSERT INTO changes (before, after) VALUES (NULL, NULL); END;`);
  }
  old.exec('DELETE FROM changes; PRAGMA user_version = 1');
  old.close();

  const database = await openDatabase(directory);
  const table = createSqliteTable(database);
  expect(await table.get(item.pk, 'item-49')).toEqual({ ...item, sk: 'item-49' });
  await table.put({ ...item, pk: 'orphan#memory' }, 'absent');
  await table.put({ ...item, pk: 'history#acme' }, 'absent');
  database.close();

  const after = new DatabaseSync(path);
  onTestFinished(() => after.close());
  expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 });
  const changes = after.prepare("SELECT before, json_extract(after, '$.pk') AS pk FROM changes").all();
  expect(changes.map((row) => ({ ...row }))).toEqual([{ before: null, pk: 'orphan#memory' }]);
});

test('a file of a version before rollouts records their changes from the next start on', async () => {
  const { directory, path } = await makeDatabase();
  const { DatabaseSync } = await import('node:sqlite');
  const old = new DatabaseSync(path);
  for (const name of ['insert', 'update', 'delete']) old.exec(`DROP TRIGGER record_${name}`);
  old.exec('DELETE FROM changes');
  old.close();

  const database = await openDatabase(directory);
  onTestFinished(() => database.close());
  await createSqliteTable(database).put({ ...item, pk: 'rollout#app' }, 'absent');
  await createSqliteTable(database).put({ ...item, pk: 'rows#app' }, 'absent');
  const changes = database.all<{ pk: string }>("SELECT json_extract(after, '$.pk') AS pk FROM changes");
  expect(changes.map(({ pk }) => pk)).toEqual(['rollout#app']);
});
