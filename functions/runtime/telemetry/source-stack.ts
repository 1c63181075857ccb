import type { SourceMap, SourceMapPayload } from 'node:module';

/** Node.js writes `file:///…`; other tools may write the path alone. */
const PLACE = /^(?:file:\/\/)?(\/.*\.mjs):(\d{1,9}):(\d{1,9})$/;

/**
 * Returns the stack of an error, with positions in the sources instead of the bundle. `--enable-source-maps` of Node.js
 * would do the same, but it loads all maps at each cold start.
 */
export function sourceStackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const maps = new Map<string, SourceMap | undefined>();
  const toSource = (line: string) => {
    // `at name (PLACE)`, or `at PLACE`
    const from = Math.max(line.lastIndexOf('('), line.lastIndexOf(' ')) + 1;
    const to = line.endsWith(')') ? line.length - 1 : line.length;
    const [, file = '', row, column] = PLACE.exec(line.slice(from, to)) ?? [];
    if (file === '') return line;
    if (!maps.has(file)) maps.set(file, readMap(file));
    const found = maps.get(file)?.findEntry(Number(row) - 1, Number(column) - 1);
    if (!found || !('originalSource' in found)) return line;
    const place = `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
    return line.slice(0, from) + place + line.slice(to);
  };
  return error.stack?.split('\n').map(toSource).join('\n');
}

function readMap(file: string): SourceMap | undefined {
  try {
    // Importing these modules takes a tenth of a cold start.
    const { SourceMap } = process.getBuiltinModule('node:module');
    const text = process.getBuiltinModule('node:fs').readFileSync(decodeURI(`${file}.map`), 'utf8');
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
