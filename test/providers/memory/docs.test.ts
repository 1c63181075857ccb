import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { MemoryFaults } from '../../../src/providers/memory/config.ts';
import { documentedTable } from '../../support/config-table.ts';

const page = readFileSync(new URL('../../../docs/providers/memory.md', import.meta.url), 'utf8');

test('the page lists every kind of fault with its operations', () => {
  expect(documentedFaults()).toEqual(acceptedFaults());
});

/** Returns the operations of each kind, from the rows `| `kind` | operations | effect |`. */
function documentedFaults(): Record<string, string[]> {
  const rows = page.matchAll(/^\| `(\w+)` \| ([\w, ]+) \| [^|]+ \|$/gm);
  const kinds = [...rows].filter(([row]) => !documentedTable(page).includes(row));
  return Object.fromEntries(kinds.map(([, kind = '', operations = '']) => [kind, operations.split(', ').toSorted()]));
}

function acceptedFaults(): Record<string, string[]> {
  const { properties = {} } = z.toJSONSchema(MemoryFaults, { io: 'input' });
  const accepted: Record<string, string[]> = {};
  for (const [operation, schema] of Object.entries(properties)) {
    const [short] = (schema as { anyOf: { enum: string[] }[] }).anyOf;
    for (const kind of short?.enum ?? []) accepted[kind] = [...(accepted[kind] ?? []), operation].toSorted();
  }
  return accepted;
}
