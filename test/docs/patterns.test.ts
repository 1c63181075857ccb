import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Labels } from '../../src/compute/spec/spec.ts';
import { EcsConfig } from '../../src/providers/ecs/config.ts';

const docs = new URL('../../docs/', import.meta.url);

/** Returns the patterns of all published schemas, with the document that contains each. */
function publishedPatterns(): { document: string; pattern: string }[] {
  const files = [
    'openapi.json',
    'spec.schema.json',
    ...readdirSync(new URL('events/', docs)).map((name) => `events/${name}`),
  ];
  const documents = files.map((name) => ({ name, schema: JSON.parse(readFileSync(new URL(name, docs), 'utf8')) }));
  const settings = z.toJSONSchema(EcsConfig, { io: 'input', unrepresentable: 'any' });
  return [...documents, { name: 'the settings of ecs', schema: settings }].flatMap(({ name, schema }) =>
    [...patternsIn(schema)].map((pattern) => ({ document: name, pattern })),
  );
}

function* patternsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'pattern' && typeof inner === 'string') yield inner;
    else yield* patternsIn(inner);
  }
}

describe('the patterns of published schemas', () => {
  const patterns = publishedPatterns();

  test('use no Unicode properties, which most validators lack, and compile without flags', () => {
    expect(patterns.length).toBeGreaterThan(20);
    expect(patterns.filter(({ pattern }) => /\\[pP]\{/.test(pattern))).toEqual([]);
    for (const { pattern } of patterns) expect(() => new RegExp(pattern)).not.toThrow();
  });

  test('accept every label value that Berth accepts', () => {
    const pattern = z.toJSONSchema(Labels) as { additionalProperties: { pattern: string } };
    const published = new RegExp(pattern.additionalProperties.pattern);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (value) => {
        if (Labels.safeParse({ key: value }).success) expect(value).toMatch(published);
      }),
    );
    for (const refused of ['a;b', 'a"b', 'a\nb', 'a|b']) expect(refused).not.toMatch(published);
  });

  test('compile in Python, where it is installed', () => {
    const program = 'import json, re, sys\nfor pattern in json.load(sys.stdin): re.compile(pattern)';
    const input = JSON.stringify(patterns.map(({ pattern }) => pattern));
    const { error, status, stderr } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
    if (error) return;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
