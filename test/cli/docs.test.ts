import { existsSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { commands } from '../../src/cli/commands.ts';
import { readSteps, writeOutputs } from './docs/console-page.ts';
import { describeCommands } from './docs/reference.ts';
import { runSteps, withoutColours } from './docs/run-steps.ts';
import { renderSpecSchema } from './docs/spec-schema.ts';
import { drawTerminal } from './docs/terminal-svg.ts';

const docs = new URL('../../docs/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, docs), 'utf8');

test('docs/cli.md equals the output of npm run docs:cli', () => {
  expect(read('cli.md')).toBe(describeCommands());
});

test('docs/spec.schema.json equals the output of npm run docs:schema', () => {
  expect(read('spec.schema.json')).toBe(renderSpecSchema());
});

test('the schema for editors accepts every example, and each example names it unless it is sent to the API as it is', () => {
  const validate = new Ajv({ strict: false }).compile(JSON.parse(read('spec.schema.json')));
  const examples = new URL('../../examples/', import.meta.url);
  const files = ['hello.yaml', 'migrate.yaml', 'web.json', 'worker.json', 'docker/web.json', 'docker/worker.json'];
  const unnamed = files.filter((file) => {
    const url = new URL(file, examples);
    const text = readFileSync(url, 'utf8');
    expect(validate(parse(text)), `${file} ${JSON.stringify(validate.errors)}`).toBe(true);
    const schema = /\$schema(?:=|": ")([^"\s]+)/.exec(text)?.[1];
    if (schema !== undefined) expect(existsSync(new URL(schema, url)), `${file} names ${schema}`).toBe(true);
    return schema === undefined;
  });
  // README.md and docs/api.md send it with curl.
  expect(unnamed).toEqual(['web.json']);
  expect(validate({ ...parse(readFileSync(new URL('hello.yaml', examples), 'utf8')), tenantid: 'x' })).toBe(false);
});

test('docs/cli.md names every command and every option', () => {
  const page = read('cli.md');
  for (const { name, hidden, options = [] } of commands) {
    expect(page.includes(`### berth ${name}\n`), name).toBe(!hidden);
    for (const { flags } of options) expect(page, name).toContain(flags.replaceAll('|', '\\|'));
  }
});

test('every command has a file under its name', () => {
  for (const { name } of commands) {
    expect(existsSync(new URL(`../../src/cli/commands/${name.replaceAll(' ', '-')}.ts`, import.meta.url)), name).toBe(
      true,
    );
  }
});

/** Replaces what differs between runs: ports, ids, times. */
function normalise(output: string): string {
  return (
    output
      // Column widths depend on their contents, and so does the place where the last column wraps.
      .replace(/\n {40,}/g, ' ')
      .replace(/(127\.0\.0\.1:|on port )\d{4,5}/g, '$1PORT')
      .replace(/\bhello\.[a-z0-9]{12}\./g, 'hello.ID.')
      .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replace(/\b[\d.]+ m?s\b/g, 'TIME')
      // The watch may not have looked yet: in `describe`, and in the columns HEALTH and SEEN.
      .replace(/^ *Health: .*$/gm, 'Health: …')
      .replace(/ (?:unknown +never|healthy +\d+s) +/g, ' … ')
      .replace(/\b\d+[sm]\b( +)?/g, 'AGE ')
      .replace(/(\S) +/g, '$1 ')
      // A slow machine prints progress lines.
      .replace(/^hello: (?:coming up|updating|rolling back|destroying).*\n/gm, '')
      .replace(/\s+$/gm, '')
  );
}

test('the quickstart shows the output of its commands', async () => {
  const steps = readSteps(read('quickstart.md'));
  expect(steps.length).toBeGreaterThan(12);
  const outputs = await runSteps(steps.map(({ command }) => command));
  for (const [index, { command, output }] of steps.entries()) {
    expect(normalise(withoutColours(outputs[index] ?? '')), command).toBe(normalise(output));
  }
}, 180_000);

describe('a page with commands', () => {
  const page =
    'a\n\n```console\n$ one\nold\n$ two\n```\n\n```sh\n$ not this\n```\n\n```console\n$ three\nmore\nlines\n```\n';

  test('is parsed and rewritten', () => {
    expect(readSteps(page)).toEqual([
      { command: 'one', output: 'old' },
      { command: 'two', output: '' },
      { command: 'three', output: 'more\nlines' },
    ]);
    expect(writeOutputs(page, ['new $& $1', 'x', ''])).toBe(
      'a\n\n```console\n$ one\nnew $& $1\n$ two\nx\n```\n\n```sh\n$ not this\n```\n\n```console\n$ three\n```\n',
    );
  });
});

describe('a picture of a terminal', () => {
  test('shows text at its position and in its colours, with markup escaped', () => {
    const svg = drawTerminal('t', [{ command: 'echo', output: 'a  \u001b[31m<b>\u001b[0m & c' }]);
    expect(svg).toContain('>echo</text>');
    expect(svg).toContain('fill="#e06c75">&#60;b&#62;</text>');
    expect(svg).toContain('&#38;');
    expect(svg).not.toContain('<b>');
  });

  test('wraps long lines', () => {
    const svg = drawTerminal('t', [{ command: 'x', output: 'y'.repeat(300) }]);
    const rows = new Set([...svg.matchAll(/y="(\d+)"[^>]*>y+</g)].map(([, y]) => y));
    expect(rows.size).toBe(3);
  });

  test('in docs/ shows commands of the quickstart', () => {
    const svg = read('session.svg');
    for (const words of [
      'apply -f examples/hello.yaml',
      'describe hello',
      'rollback hello',
      'PreviousRevisionServing',
    ]) {
      expect(svg).toContain(words.replaceAll(' ', '\u00a0'));
    }
    expect(svg).not.toMatch(/<script|href=/);
  });
});
