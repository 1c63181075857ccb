import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openDatabase } from '../../infra/local/database/open-database.ts';
import { createSqliteTable } from '../../infra/local/database/sqlite-table.ts';
import { Store } from '../../src/tenants/store/store.ts';
import { startTestServer, temporaryDirectory } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';

const spec = (image: string) => `tenant_id: lost
provider_type: memory
containers:
  - name: web
    image: ${image}
resources: { cpu: 128, memory: 128 }
`;

/** Starts a host whose provider holds the tenant `lost`, of which its table only knows that it is an orphan. */
async function startWithOrphan() {
  const dataDir = temporaryDirectory();
  const options = { dataDir, providers: { memory: { type: 'memory', persist: true } } };
  const before = await startTestServer(options);
  expect(await cli(['apply', '-f', '-'], { endpoint: before.url, stdin: spec('nginx:1') })).toMatchObject({ code: 0 });
  await before.close();

  const database = await openDatabase(dataDir);
  const store = new Store(createSqliteTable(database));
  const installation = (await store.installation()).installation_id;
  await store.putOrphan({
    provider: 'memory',
    tenant_id: 'lost',
    first_seen_at: new Date().toISOString(),
    installation,
  });
  database.close();
  const file = new DatabaseSync(join(dataDir, 'berth.db'));
  file.exec("DELETE FROM items WHERE pk IN ('tenant#lost', 'history#lost'); DELETE FROM changes");
  file.close();

  const { url } = await startTestServer(options);
  return (words: string, stdin = '') => cli(words.split(' '), { endpoint: url, stdin });
}

test('orphans list shows an orphan, and that a removed one is gone', async () => {
  const run = await startWithOrphan();
  expect((await run('orphans list')).stdout).toMatch(/^memory +lost +\S+ ago +never by itself/m);
  expect((await run('orphans list -o name')).stdout).toBe('lost\n');
  expect((await run('orphans list --provider memory -o json')).stdout).toContain('"tenant_id": "lost"');

  const removed = await run('orphans remove memory lost --yes');
  expect(removed).toMatchObject({ code: 0 });
  expect(removed.stderr).toContain('Containers of lost: web (running)');
  expect(await run('orphans list')).toMatchObject({ code: 0, stdout: '' });
  expect((await run('orphans list')).stderr).toContain('No inventory has found an orphan.');
  // A removal can be repeated.
  expect(await run('orphans remove memory lost --yes')).toMatchObject({ code: 0 });
});

test('orphans remove asks first, and removes nothing without an answer', async () => {
  const run = await startWithOrphan();
  expect((await run('orphans remove memory lost')).code).not.toBe(0);
  expect((await run('orphans list -o name')).stdout).toBe('lost\n');
});

test('orphans remove says why it cannot show the containers', async () => {
  const run = await startWithOrphan();
  const { code, stderr } = await run('orphans remove other lost --yes');
  expect(code).toBe(1);
  expect(stderr).toContain('The containers of lost cannot be read: compute provider not found: "other"');
});

test('orphans adopt makes the orphan a tenant, and refuses files without it', async () => {
  const run = await startWithOrphan();
  const other = await run('orphans adopt memory other -f -', spec('nginx:1'));
  expect(other).toMatchObject({ code: 4 });
  expect(other.stderr).toContain('the files describe no tenant other');

  expect(await run('orphans adopt memory lost -f -', spec('nginx:2'))).toMatchObject({ code: 0 });
  expect((await run('get tenant lost -o json')).stdout).toContain('nginx:2');
  expect((await run('orphans list -o name')).stdout).toBe('');
});
