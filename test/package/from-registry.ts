import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, onTestFinished, test } from 'vitest';

// These tests install the tarballs as a user does, with the dependencies that the registry has.
const root = fileURLToPath(new URL('../../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const run = promisify(execFile);

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'berth-installed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The environment of a user: none of the variables that npm sets for the scripts of the clone. */
function environmentOf(folder: string, ...path: string[]) {
  return { HOME: folder, PATH: [...path, dirname(process.execPath), '/usr/bin', '/bin'].join(':') };
}

/** Installs with the environment of the tests, which may name a certificate or a cache, but not with npm's own variables. */
async function install(folder: string, ...words: string[]): Promise<void> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...words], { cwd: folder, env });
}

function sizeOf(folder: string): { packages: number; megabytes: number } {
  let [bytes, packages] = [0, 0];
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const about = statSync(join(folder, path));
    if (about.isFile()) bytes += about.size;
    if (/(?:^|node_modules\/)(?:@[^/]+\/)?[^/@]+\/package\.json$/.test(path)) packages += 1;
  }
  return { packages, megabytes: Math.round(bytes / 1e4) / 100 };
}

const program = `
import { type Answer, createClient, ProblemError, type TenantList } from 'berth-client';

const berth = createClient({
  endpoint: 'http://127.0.0.1:1',
  fetch: async () =>
    new Response('{"tenants":[],"next_cursor":null}', {
      headers: { 'content-type': 'application/json', 'x-request-id': 'r' },
    }),
});
const answer: Answer<TenantList> = await berth.listTenants({ limit: 1 });
const signed = createClient({ endpoint: 'https://x.execute-api.eu-central-1.amazonaws.com' });
const refused = await signed.listProviders().catch((error: Error) => error.message);
// @ts-expect-error The id is required.
void (() => berth.getTenant());
console.log(answer.status, answer.data.tenants.length, ProblemError.name, refused);
`;

test('the client alone is four packages, with types that need nothing else', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await install(folder, inject('tarballs')['berth-client']);
  const size = sizeOf(join(folder, 'node_modules'));
  process.stdout.write(`berth-client: ${size.packages} packages, ${size.megabytes} MB\n`);
  // The client, openapi-fetch with its types, and the parser of server-sent events.
  expect(size.packages).toBe(4);
  expect(size.megabytes).toBeLessThan(2);
  writeFileSync(join(folder, 'program.ts'), program);
  const words = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--types', '', 'program.ts'];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const compiled = await run(process.execPath, [tsc, ...words], { cwd: folder }).catch(({ stdout }) => ({ stdout }));
  expect(compiled.stdout).toBe('');
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder, env: environmentOf(folder) });
  expect(stdout).toContain(
    '200 0 ProblemError the request cannot be signed: the packages that sign are not installed.',
  );
});

test('a global installation puts berth on the PATH', async () => {
  const prefix = emptyFolder();
  await install(prefix, '--global', '--prefix', prefix, inject('tarballs').berth);
  const size = sizeOf(join(prefix, 'lib/node_modules'));
  process.stdout.write(`berth: ${size.packages} packages, ${size.megabytes} MB\n`);
  expect(existsSync(join(prefix, 'bin/berth'))).toBe(true);
  const env = environmentOf(prefix, join(prefix, 'bin'));
  const sh = (command: string) => run('/bin/sh', ['-c', command], { cwd: prefix, env });
  expect((await sh('berth --version')).stdout).toBe(`${version}\n`);
  expect((await sh('berth completion bash')).stdout).toContain('complete -F');
  // Files beside the bundled modules are found.
  await sh('berth provider init nomad');
  expect(existsSync(join(prefix, 'berth-nomad/src/descriptor.ts'))).toBe(true);
  const refused = await sh('berth --endpoint http://127.0.0.1:1 get tenants').catch((error) => error);
  expect(refused.stderr).toContain('nothing listens there');
});
