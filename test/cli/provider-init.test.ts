import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { send, startTestServer, temporaryDirectory } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';

const template = fileURLToPath(new URL('../../src/cli/provider-template/', import.meta.url));

test('provider init makes a package like the template under another name, which serves tenants', async () => {
  const directory = join(temporaryDirectory(), 'made');
  const made = await cli(['provider', 'init', 'big-iron', '--directory', directory]);
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('--provider big-iron=./src/descriptor.ts') });
  const files = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (path) => !/node_modules|dist|cdk\.out/.test(path),
    );
  expect(files(directory).toSorted()).toEqual([...files(template), '.gitignore'].toSorted());
  expect(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).name).toBe('berth-big-iron');
  const texts = files(directory).filter((path) => /\.(?:ts|json|md)$/.test(path));
  for (const path of texts) {
    const text = readFileSync(join(directory, path), 'utf8');
    expect(text, path).not.toMatch(/berth-folder|FolderConfig|FolderProvider|'folder'|folder=/);
  }
  expect(readFileSync(join(directory, 'src/config.ts'), 'utf8')).toContain('BigIronConfig');
  // As after npm install.
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(directory, 'node_modules'));
  const { url } = await startTestServer({ providers: { x: { type: join(directory, 'src/descriptor.ts') } } });
  expect((await send(url, 'GET', '/v1/providers/x')).body).toMatchObject({ name: 'x', capabilities: { logs: true } });
});

test('provider init overwrites nothing, and explains a wrong name', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'mine.txt'), 'mine');
  expect(await cli(['provider', 'init', 'nomad', '--directory', directory])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not empty'),
  });
  expect(readdirSync(directory)).toEqual(['mine.txt']);
  expect(await cli(['provider', 'init', '../nomad'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot be the type of a provider'),
  });
});
