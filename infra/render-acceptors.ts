import { writeFileSync } from 'node:fs';
import { renderAcceptors } from './acceptors.ts';

export const acceptorFile = new URL('../src/compute/accept.ts', import.meta.url);

if (import.meta.main) writeFileSync(acceptorFile, renderAcceptors());
