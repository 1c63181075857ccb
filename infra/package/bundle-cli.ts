import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'rolldown';

/**
 * Replaces the compiled modules of the command line by a few files, because Node takes a third of a millisecond to resolve
 * and load each. Packages stay outside. Modules with paths relative to themselves keep their depth: those of `commands/`.
 */
export async function bundleCli(folder: string): Promise<void> {
  const cli = join(folder, 'src/cli');
  const { output } = await build({
    input: join(cli, 'main.js'),
    cwd: folder,
    platform: 'node',
    tsconfig: false,
    external: /^[^./]/,
    write: false,
    logLevel: 'warn',
    output: {
      dir: cli,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'commands/[name]-[hash].js',
      codeSplitting: {
        groups: [
          { name: 'client', test: /src[\\/]client[\\/]/, priority: 2 },
          { name: 'shared', test: /src[\\/]cli[\\/](?:terminal|output)[\\/]/, minShareCount: 6, priority: 1 },
        ],
      },
    },
  });
  for (const name of readdirSync(cli)) rmSync(join(cli, name), { recursive: true });
  for (const file of output) {
    const path = join(cli, file.fileName);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.type === 'chunk' ? file.code : file.source);
  }
}
