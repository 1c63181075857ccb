import { SourceMap, type SourceMapPayload } from 'node:module';

/** Node says `file:///…`, and tools that stand between may say the path. */
const PLACE = /(?:file:\/\/)?(\/[^\s()]+\.mjs):(\d+):(\d+)/g;

/**
 * The stack of an error, with places in the sources where the functions are bundled. Node could do this by itself
 * (`--enable-source-maps`), and would read the maps at every cold start for it.
 */
export function sourceStackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const maps = new Map<string, SourceMap | undefined>();
  return error.stack?.replaceAll(PLACE, (place: string, file: string, line: string, column: string) => {
    if (!maps.has(file)) maps.set(file, readMap(file));
    const found = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!found || !('originalSource' in found)) return place;
    return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}

function readMap(file: string): SourceMap | undefined {
  try {
    // An import of `node:fs` takes a tenth of a cold start.
    const text = process.getBuiltinModule('node:fs').readFileSync(decodeURI(`${file}.map`), 'utf8');
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
