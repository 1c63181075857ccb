import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The files of the console by their path below `/console/`. */
export type ConsoleFiles = ReadonlyMap<string, string>;

/** Where the package has the console, bundled when it was made. */
const shipped = fileURLToPath(new URL('./pages/console', import.meta.url));
const isClone = extname(import.meta.url) === '.ts';

let loaded: { version: number; files: Promise<ConsoleFiles> } | undefined;

/**
 * Returns the files of the console. In the clone they are bundled for the first request, and again after a change of their
 * source, so that reloading the page is enough while the console is being worked on.
 */
export async function consoleFiles(): Promise<ConsoleFiles> {
  const version = isClone ? await versionOfSource() : 0;
  if (loaded?.version !== version) {
    const files = isClone ? bundle() : readShipped();
    loaded = { version, files };
    files.catch(() => {
      if (loaded?.files === files) loaded = undefined;
    });
  }
  return loaded.files;
}

async function bundle(): Promise<ConsoleFiles> {
  // The bundler takes a tenth of a second to load, which a start without a browser does not spend.
  const { bundleConsole } = await import('../../bundle/bundle-console.ts');
  return new Map((await bundleConsole()).map(({ path, content }) => [path, content]));
}

async function readShipped(): Promise<ConsoleFiles> {
  const paths = ['index.html', ...(await readdir(join(shipped, 'assets'))).map((name) => `assets/${name}`)];
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(shipped, path), 'utf8')] as const)),
  );
}

/** Returns the time of the latest change below the source of the console. */
async function versionOfSource(): Promise<number> {
  const source = fileURLToPath(new URL('../../../src/console', import.meta.url));
  const paths = await readdir(source, { recursive: true });
  const changes = await Promise.all([source, ...paths.map((path) => join(source, path))].map((path) => stat(path)));
  return Math.max(...changes.map(({ mtimeMs }) => mtimeMs));
}
