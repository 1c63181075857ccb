import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const page = read('docs/supply-chain.md');

interface Locked {
  dev?: boolean;
  hasInstallScript?: boolean;
}

/** Returns the part of the page between the comments of a name. */
function part(name: string): string {
  return page.slice(page.indexOf(`<!-- ${name} -->`), page.indexOf(`<!-- /${name} -->`));
}

test('the page names each production dependency, and says why it is there', () => {
  const rows = [...part('dependencies').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, name, why]) => ({
    name,
    why,
  }));
  const { dependencies } = JSON.parse(read('package.json'));
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(dependencies).toSorted());
  for (const { why = '' } of rows) expect(why.length).toBeGreaterThan(10);
});

test('the page explains each install script of a production dependency, and the clone forbids it', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
  const { allowScripts } = JSON.parse(read('package.json'));
  const named = (isDev: boolean) =>
    Object.entries(packages)
      .filter(([, { dev = false, hasInstallScript }]) => hasInstallScript && dev === isDev)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
      .toSorted();
  expect([...part('scripts').matchAll(/^- `([^`]+)` /gm)].map(([, name]) => name)).toEqual(named(false));
  for (const name of named(false)) expect(allowScripts[name], name).toBe(false);
  expect(Object.keys(allowScripts).toSorted()).toEqual([...named(false), ...named(true)].toSorted());
});
