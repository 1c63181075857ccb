import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { openDatabase } from '../../infra/local/database/open-database.ts';
import { createSqliteTable } from '../../infra/local/database/sqlite-table.ts';
import { Store } from '../../src/tenants/store/store.ts';
import { startTestServer, temporaryDirectory } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';

/** The specification of `lost` as YAML. */
export const lostSpec = (image: string) => `tenant_id: lost
provider_type: memory
containers:
  - name: web
    image: ${image}
resources: { cpu: 128, memory: 128 }
`;

/**
 * Starts a host and returns its address. Its provider holds the tenant `lost`, of which its table only knows that it is an
 * orphan.
 */
export async function startOrphanHost(): Promise<string> {
  const dataDir = temporaryDirectory();
  const options = { dataDir, providers: { memory: { type: 'memory', persist: true } } };
  const before = await startTestServer(options);
  expect(await cli(['apply', '-f', '-'], { endpoint: before.url, stdin: lostSpec('nginx:1') })).toMatchObject({
    code: 0,
  });
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

  return (await startTestServer(options)).url;
}
