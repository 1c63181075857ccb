import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expressionsIn, expressionsInUse, filesThatCompose, nameOf } from './expressions.ts';
import { findAttack } from './find-attack.ts';

const safe: string[] = JSON.parse(readFileSync(new URL('safe.json', import.meta.url), 'utf8'));

test('no regular expression takes more than linear time', async () => {
  const inUse = expressionsInUse();
  expect(inUse.length).toBeGreaterThan(100);
  // An analysis takes seconds. `npm run test:expressions` analyses all of them and records the safe ones.
  const unknown = inUse.filter((expression) => !safe.includes(nameOf(expression)));
  const found = await Promise.all(
    unknown.map(async (expression) => [expression.path, nameOf(expression), await findAttack(expression)]),
  );
  expect(found.filter(([, , attack]) => attack !== undefined)).toEqual([]);
}, 120_000);

test('none is composed at run time, except at synthesis, from the names of AWS services', () => {
  expect(filesThatCompose()).toEqual(['infra/context.ts']);
  expect(filesThatCompose([{ path: 'src/x.ts', text: 'const a = new RegExp(b);' }])).toEqual(['src/x.ts']);
});

describe('the analysis', () => {
  test('finds every expression in the source, each once', () => {
    const text = "const a = /a\\/b+/giu; call(/x/, b.replace(/[/]/, '/no/')); // /comment/\nconst again = /x/;";
    expect(expressionsIn([{ path: 'a.ts', text }]).map(nameOf)).toEqual(['/[/]/', '/a\\/b+/giu', '/x/']);
  });

  test.each([
    [/^(?:a+)+$/, 'exponential'],
    [/\s+$/, '2nd degree polynomial'],
  ])('finds a text that makes %s slow', async ({ source, flags }, complexity) => {
    expect(await findAttack({ source, flags })).toContain(complexity);
  });

  test.each([/^[a-z]+$/, /^(?=[\s\S]*one)[\s\S]*two/])('accepts %s', async ({ source, flags }) => {
    expect(await findAttack({ source, flags })).toBeUndefined();
  });
});
