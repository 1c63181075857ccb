import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const MAX_LINE = 125;

/** Written by programs, or copied verbatim from elsewhere with its source. */
const exempt = /(?:^|\/)(?:schema\.d\.ts|[^/]+\.snap)$|^test\/cli\/samples\//;
const places = ['src', 'functions', 'infra', 'bench', 'docs', 'test', 'examples', '*.md', '.ci/run'];

/** This file has to spell the words out. */
const itself = 'test/language.test.ts';

interface Line {
  at: string;
  text: string;
}

const lines = readLines();

/** Every line of prose and code that a reader sees, with its place as `path:line`. */
function readLines(): Line[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...places], {
    cwd: root,
    encoding: 'utf8',
  });
  const paths = listed.split('\n').filter((path) => /\.(?:tsx?|mjs|js|cjs|css|md|sh|go|html)$|^\.ci\/run$/.test(path));
  return paths
    .filter((path) => path !== itself && !exempt.test(path))
    .flatMap((path) => {
      const text = readIfPresent(path);
      return text.split('\n').map((line, index) => ({ at: `${path}:${index + 1}`, text: line }));
    });
}

/** A file that was deleted and not yet committed is still listed. */
function readIfPresent(path: string): string {
  try {
    return readFileSync(`${root}/${path}`, 'utf8');
  } catch {
    return '';
  }
}

function matching(pattern: RegExp): string[] {
  return lines.filter(({ text }) => pattern.test(text)).map(({ at, text }) => `${at} ${text.trim().slice(0, 80)}`);
}

describe('the language of code, comments and pages', () => {
  test('covers the whole tree', () => {
    expect(lines.length).toBeGreaterThan(50_000);
  });

  test('has things as subjects instead of nobody, somebody and whoever', () => {
    expect(matching(/\b(?:nobody|somebody|whoever)\b/i)).toEqual([]);
  });

  test('begins doc comments with a verb such as Returns, never with Answers', () => {
    expect(matching(/^\s*(?:\/\*\*|\*|\/\/)\s*Answers\b/)).toEqual([]);
  });

  test(`has no line of more than ${MAX_LINE} characters`, () => {
    expect(matching(new RegExp(`^.{${MAX_LINE + 1},}$`, 'u'))).toEqual([]);
  });
});
