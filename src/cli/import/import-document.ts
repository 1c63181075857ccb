import { importCompose, isCompose } from './import-compose.ts';
import { importScore, isScore } from './import-score.ts';
import { importTenant, isTenant } from './import-tenant.ts';
import type { Fields, Format, Imported, ImportOptions } from './imported.ts';

/** Recognises a format by the shape of a document. Returns undefined for anything else. */
export function recogniseFormat(value: unknown): Format | undefined {
  if (isCompose(value)) return 'Compose';
  if (isScore(value)) return 'Score';
  return isTenant(value) ? 'tenant' : undefined;
}

/** Converts a document of that format into a specification. */
export function importDocument(format: Format, value: unknown, options: ImportOptions): Imported {
  const fields = value as Fields;
  if (format === 'Compose') return importCompose(fields, options);
  return format === 'Score' ? importScore(fields, options) : importTenant(fields, options);
}
