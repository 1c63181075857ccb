import { readFileSync, writeFileSync } from 'node:fs';
import { generateTypes } from './generate-types.ts';

const root = new URL('../../../', import.meta.url);
const types = await generateTypes(readFileSync(new URL('docs/openapi.json', root), 'utf8'));
writeFileSync(new URL('src/client/schema.d.ts', root), types);
