import { importCompose, isCompose } from './import-compose.ts';
import { importScore, isScore } from './import-score.ts';
import type { Imported, ImportOptions } from './imported.ts';

/** Converts a Compose or Score document, recognised by its shape. Returns undefined for anything else. */
export function importDocument(value: unknown, options: ImportOptions): Imported | undefined {
  if (isCompose(value)) return importCompose(value, options);
  if (isScore(value)) return importScore(value, options);
  return undefined;
}
