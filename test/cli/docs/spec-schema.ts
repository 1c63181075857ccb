import { specFileSchema } from '../../../src/compute/spec/json-schema.ts';

/** Returns the content of docs/spec.schema.json. */
export function renderSpecSchema(): string {
  return `${JSON.stringify(specFileSchema(), null, 2)}\n`;
}
