import { mkdirSync, writeFileSync } from 'node:fs';
import { eventSchemas } from '../../src/events/schemas.ts';

/** Where the schemas of events are kept, for people and for the schema registry. */
export const eventSchemaFolder = new URL('../../docs/events/', import.meta.url);

/** A schema as its file has it. */
export function toFile(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

if (import.meta.main) {
  mkdirSync(eventSchemaFolder, { recursive: true });
  for (const { name, schema } of eventSchemas()) {
    writeFileSync(new URL(`${name}.json`, eventSchemaFolder), toFile(schema));
  }
}
