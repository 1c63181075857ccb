import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileBackend } from '../../../src/providers/memory/backend.ts';
import { memorySubject } from '../../conformance/memory-subject.ts';
import { providerSuite } from '../../conformance/provider-suite.ts';

providerSuite('memory', memorySubject({ failure: 'thrown' }));
providerSuite('memory (in progress for a while)', memorySubject({ inProgressMs: 20 }));
providerSuite('memory (kept in files)', memorySubject({ open: openFiles }));

function openFiles() {
  const directory = mkdtempSync(join(tmpdir(), 'berth-memory-'));
  return { backend: createFileBackend(directory), remove: () => rmSync(directory, { recursive: true }) };
}
