import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expressionsIn, expressionsInUse, filesThatCompose, nameOf } from './expressions.ts';
import { findAttack } from './find-attack.ts';

const safe: string[] = JSON.parse(readFileSync(new URL('safe.json', import.meta.url), 'utf8'));

test('no text makes a regular expression of ours slow', async () => {
  const inUse = expressionsInUse();
  expect(inUse.length).toBeGreaterThan(100);
  // To look takes seconds, so what was found safe is kept: "npm run test:expressions" records it, and looks at all of them.
  const unknown = inUse.filter((expression) => !safe.includes(nameOf(expression)));
  const found = await Promise.all(
    unknown.map(async (expression) => [expression.path, nameOf(expression), await findAttack(expression)]),
  );
  expect(found.filter(([, , attack]) => attack !== undefined)).toEqual([]);
}, 120_000);

test('none is made of text while it runs, but of the names of AWS services when the stacks are synthesized', () => {
  expect(filesThatCompose()).toEqual(['infra/context.ts']);
  expect(filesThatCompose([{ path: 'src/x.ts', text: 'const a = new RegExp(b);' }])).toEqual(['src/x.ts']);
});

describe('the search itself', () => {
  test('reads expressions wherever they are, each once', () => {
    const text = "const a = /a\\/b+/giu; call(/x/, b.replace(/[/]/, '/no/')); // /comment/\nconst again = /x/;";
    expect(expressionsIn([{ path: 'a.ts', text }]).map(nameOf)).toEqual(['/[/]/', '/a\\/b+/giu', '/x/']);
  });

  test.each([
    [/^(?:a+)+$/, 'exponential'],
    [/\s+$/, '2nd degree polynomial'],
  ])('finds what makes %s slow', async ({ source, flags }, complexity) => {
    expect(await findAttack({ source, flags })).toContain(complexity);
  });

  test.each([/^[a-z]+$/, /^(?=[\s\S]*one)[\s\S]*two/])('has nothing against %s', async ({ source, flags }) => {
    expect(await findAttack({ source, flags })).toBeUndefined();
  });
});
