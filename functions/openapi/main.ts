import { writeFileSync } from 'node:fs';
import { createDocument } from './document.ts';

writeFileSync(new URL('../../docs/openapi.json', import.meta.url), `${JSON.stringify(createDocument(), null, 2)}\n`);
