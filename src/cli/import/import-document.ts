import { importCompose, isCompose } from './import-compose.ts';
import { importScore, isScore } from './import-score.ts';
import type { Imported, ImportOptions } from './imported.ts';

/** Makes a specification of a file that is in another format, known by its shape; nothing where it is in none of them. */
export function importDocument(value: unknown, options: ImportOptions): Imported | undefined {
  if (isCompose(value)) return importCompose(value, options);
  if (isScore(value)) return importScore(value, options);
  return undefined;
}
