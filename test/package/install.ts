import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

export interface Project {
  /** The project's folder. Its path has a space and a letter beyond ASCII, as real paths do. */
  folder: string;
  /** The folder of the package in the project. */
  installed: string;
  /** A folder of its own with the template of a provider, which has the packages of the project. */
  template: string;
  /** Runs Node.js in the folder of the template, as an outsider does: with type stripping. */
  nodeInTemplate(...words: string[]): Promise<string>;
  /** Runs Node.js in the project without type stripping. Returns what it printed; rejects if it fails. */
  node(...words: string[]): Promise<string>;
  remove(): void;
}

/**
 * Installs the tarball in a new project, as npm does, but without a registry. The dependencies that the package declares are
 * links into the clone, and the project has no others.
 */
export async function installPackage(tarball: string): Promise<Project> {
  const directory = mkdtempSync(join(tmpdir(), 'berth-package-'));
  const folder = join(directory, 'my prøject');
  const installed = join(folder, 'node_modules/berth');
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const { dependencies, peerDependencies } = manifest;
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  cpSync(join(root, 'test/package/project'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
  const template = join(directory, 'berth-folder');
  cpSync(join(installed, 'src/cli/provider-template'), template, { recursive: true });
  symlinkSync(join(folder, 'node_modules'), join(template, 'node_modules'));
  return {
    folder,
    installed,
    template,
    async nodeInTemplate(...words) {
      const env = { PATH: dirname(process.execPath), HOME: directory, CDK_OUTDIR: join(template, 'cdk.out') };
      const { stdout } = await run(process.execPath, words, { cwd: template, env });
      return stdout;
    },
    async node(...words) {
      const env = { PATH: dirname(process.execPath), HOME: directory, CDK_OUTDIR: join(folder, 'cdk.out') };
      const { stdout } = await run(process.execPath, ['--no-strip-types', ...words], { cwd: folder, env });
      return stdout;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
