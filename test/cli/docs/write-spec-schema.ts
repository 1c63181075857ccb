import { writeFileSync } from 'node:fs';
import { renderSpecSchema } from './spec-schema.ts';

writeFileSync(new URL('../../../docs/spec.schema.json', import.meta.url), renderSpecSchema());
