import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expressionsIn, expressionsInUse, filesThatCompose, nameOf } from './expressions.ts';
import { findAttack } from './find-attack.ts';

const safe: string[] = JSON.parse(readFileSync(new URL('safe.json', import.meta.url), 'utf8'));

test('every regular expression is one that no text makes slow: "npm run test:expressions" looks for one, and records it', () => {
  const inUse = expressionsInUse();
  expect(inUse.length).toBeGreaterThan(100);
  const unchecked = inUse.filter((expression) => !safe.includes(nameOf(expression)));
  expect(unchecked.map((expression) => `${expression.path}: ${nameOf(expression)}`)).toEqual([]);
  expect(safe).toEqual(inUse.map(nameOf)); // and nothing is recorded that is gone
});

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
