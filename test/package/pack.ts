import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

declare module 'vitest' {
  interface ProvidedContext {
    /** The paths of the packed tarballs, by the name of the package. */
    tarballs: { berth: string; 'berth-client': string };
  }
}

/** Builds and packs the packages once for all test files. */
export async function setup({ provide }: TestProject): Promise<() => void> {
  const directory = mkdtempSync(join(tmpdir(), 'berth-pack-'));
  const built = join(directory, 'built');
  await run(process.execPath, [join(root, 'infra/package/main.ts'), built]);
  const folders = ['berth', 'berth-client'].map((name) => join(built, name));
  await run('npm', ['pack', ...folders, '--offline', '--ignore-scripts', '--pack-destination', directory]);
  const tarball = (pattern: RegExp) => {
    const name = readdirSync(directory).find((file) => pattern.test(file));
    if (name === undefined) throw new Error(`npm packed no ${pattern}`);
    return join(directory, name);
  };
  provide('tarballs', { berth: tarball(/^berth-\d.*\.tgz$/), 'berth-client': tarball(/^berth-client-.*\.tgz$/) });
  return () => rmSync(directory, { recursive: true, force: true });
}
