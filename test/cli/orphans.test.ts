import { expect, test } from 'vitest';
import { cli } from './cli.ts';
import { lostSpec as spec, startOrphanHost } from './orphan-host.ts';

async function startWithOrphan() {
  const endpoint = await startOrphanHost();
  return (words: string, stdin = '') => cli(words.split(' '), { endpoint, stdin });
}

test('orphans list shows an orphan, and that a removed one is gone', async () => {
  const run = await startWithOrphan();
  expect((await run('orphans list')).stdout).toMatch(
    /^memory +lost +\S+ ago +\S+Z +the table is less than an hour old$/m,
  );
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
