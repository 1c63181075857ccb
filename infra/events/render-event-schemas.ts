import { mkdirSync, writeFileSync } from 'node:fs';
import { eventSchemas } from '../../src/events/schemas.ts';

/** The folder of the event schemas. */
export const eventSchemaFolder = new URL('../../docs/events/', import.meta.url);

/** Returns the file content of a schema. */
export function toFile(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

if (import.meta.main) {
  mkdirSync(eventSchemaFolder, { recursive: true });
  for (const { name, schema } of eventSchemas()) {
    writeFileSync(new URL(`${name}.json`, eventSchemaFolder), toFile(schema));
  }
}
