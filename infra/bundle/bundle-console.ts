import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type OutputChunk } from 'rolldown';

/** A file of the console, as a browser asks for it. */
export interface ConsoleFile {
  /** Below `/console/`: `index.html`, or `assets/` and a name with a hash of the content. */
  path: string;
  content: string;
}

/** The source of the console. It is in the clone only: the package has the files that `bundleConsole` returns. */
export const consoleSource = fileURLToPath(new URL('../../src/console', import.meta.url));

/** Replaced in `index.html` by the elements that load the assets. */
const PLACE_OF_ASSETS = '<!-- assets -->';

/** Bundles the console: a page, an entry, a file for each room, one style sheet, and the icon. */
export async function bundleConsole(): Promise<ConsoleFile[]> {
  const { output } = await build({
    cwd: consoleSource,
    input: { console: join(consoleSource, 'main.tsx') },
    write: false,
    platform: 'browser',
    transform: { target: 'es2024', jsx: { runtime: 'automatic', importSource: 'preact' } },
    tsconfig: false,
    logLevel: 'warn',
    output: {
      format: 'esm',
      entryFileNames: 'assets/[name]-[hash].js',
      chunkFileNames: 'assets/[name]-[hash].js',
      minify: true,
    },
  });
  const chunks = output.filter((file) => file.type === 'chunk');
  const style = hashed('console', 'css', readStyles());
  const icon = hashed('icon', 'svg', readFileSync(join(consoleSource, 'icon.svg'), 'utf8'));
  const index = readFileSync(join(consoleSource, 'index.html'), 'utf8');
  const page = index.replace(PLACE_OF_ASSETS, elementsOf(chunks, style, icon).join('\n    '));
  const scripts = chunks.map(({ fileName, code }) => ({ path: fileName, content: code }));
  return [{ path: 'index.html', content: page }, style, icon, ...scripts];
}

/** Returns the elements that load the entry, what it imports, the styles and the icon. */
function elementsOf(chunks: readonly OutputChunk[], style: ConsoleFile, icon: ConsoleFile): string[] {
  const entry = chunks.find(({ isEntry }) => isEntry);
  const { fileName = '', imports = [] } = entry ?? {};
  return [
    `<link rel="icon" href="/console/${icon.path}">`,
    `<link rel="stylesheet" href="/console/${style.path}">`,
    ...imports.map((path) => `<link rel="modulepreload" href="/console/${path}">`),
    `<script type="module" src="/console/${fileName}"></script>`,
  ];
}

/** Joins the style sheets, those of `styles/` first, without comments and indents. */
function readStyles(): string {
  const paths = readdirSync(consoleSource, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.css'))
    .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  const text = paths.map((path) => readFileSync(join(consoleSource, path), 'utf8')).join('\n');
  const lines = text.replace(/\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//g, '').split('\n');
  return lines
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n+/g, '\n');
}

function rank(path: string): number {
  return path.startsWith('styles') ? 0 : path.startsWith('rooms') ? 2 : 1;
}

function hashed(name: string, extension: string, content: string): ConsoleFile {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 8);
  return { path: `assets/${name}-${hash}.${extension}`, content };
}
