import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PHASES } from '../../src/tenants/model/phases.ts';

test('the picture of the life of a tenant shows every phase, and nothing but text and shapes', () => {
  const svg = readFileSync(new URL('../../docs/tenant-life.svg', import.meta.url), 'utf8');
  const shown = [...svg.matchAll(/<text class="t"[^>]*>([^<]+)</g)].map(([, text]) => text);
  expect(shown.toSorted()).toEqual(PHASES.toSorted());
  expect(svg).not.toMatch(/<script|href=/);
});
