import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadType, typeMistake } from '../../src/providers/provider-modules.ts';

let folder: string;

const define = (type: string) =>
  `import { defineProvider } from 'berth/provider';
   export const provider = defineProvider({ type: '${type}', create: () => ({}) });`;

const files: Record<string, string> = {
  'typed.ts': `const answer: number = 42;\n${define('typed')}`,
  'module.mjs': define('module'),
  'nothing.mjs': 'export const supplier = 1;',
  'shape.mjs': "export const provider = { type: 'Shape', create: 1, permisions: [] };",
  'throws.mjs': "throw new Error('no such cluster');",
  'waits.mjs': `await 1;\n${define('waits')}`,
  'clash.mjs': define('ecs'),
  'bad.mjs': "import { defineProvider } from 'berth/provider'; defineProvider({ type: 'bad', runsOn: ['moon'] });",
  'node_modules/@acme/berth-nomad/package.json': '{"name":"@acme/berth-nomad","type":"module","exports":"./nomad.js"}',
  'node_modules/@acme/berth-nomad/nomad.js': define('nomad'),
  'node_modules/import-only/package.json': '{"exports":{".":{"types":"./x.d.ts","import":"./main.mjs"}}}',
  'node_modules/import-only/main.mjs': define('import-only'),
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-modules-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const typeOf = (type: string) => loadType(type, folder).descriptor?.type;
const mistakeOf = (type: string) => loadType(type, folder).mistake;

describe('a type of provider is', () => {
  test('a built-in name', () => {
    expect(typeOf('memory')).toBe('memory');
  });

  test('a path to TypeScript or JavaScript, from the working directory, in a folder without Berth', () => {
    expect(typeOf('./typed.ts')).toBe('typed');
    expect(typeOf('./module.mjs')).toBe('module');
    expect(typeOf(join(folder, 'module.mjs'))).toBe('module');
  });

  test('a package, also one with an entry for import only', () => {
    expect(typeOf('@acme/berth-nomad')).toBe('nomad');
    expect(typeOf('import-only')).toBe('import-only');
  });

  test('loaded once: two providers of a type share the descriptor', () => {
    expect(loadType('./typed.ts', folder).descriptor).toBe(loadType('./typed.ts', folder).descriptor);
  });
});

describe('a message names what is wrong with', () => {
  test.each([
    ['./missing.ts', 'which type ./missing.ts names'],
    ['@acme/berth-other', 'the package @acme/berth-other is not installed in'],
    ['./nothing.mjs', 'the module ./nothing.mjs has no export provider. Add: export const provider = defineProvider('],
    ['./shape.mjs', 'the field permisions is unknown; type must be 1 to 63 lower-case letters'],
    ['./shape.mjs', 'create must be a function'],
    ['./throws.mjs', 'the module ./throws.mjs cannot be imported: no such cluster'],
    ['./waits.mjs', 'the module ./waits.mjs cannot be imported: it uses top-level await'],
    ['./clash.mjs', 'the module ./clash.mjs defines the type ecs, which Berth has built in'],
    ['./bad.mjs', "defineProvider: create must be a function that returns a provider; runsOn must list 'lambda'"],
  ])('%s: %s', (type, message) => {
    expect(mistakeOf(type)).toContain(message);
  });

  test.each([
    ['dokcer', 'Did you mean docker?'],
    ['ECS', 'Did you mean ecs?'],
    ['proces', 'Did you mean process?'],
  ])('the type %s: %s', (type, message) => {
    expect(typeMistake(type)).toMatch(/^type must be one of docker, ecs, memory, process, /);
    expect(typeMistake(type)).toContain(message);
  });

  test('an unknown type, without a guess or a repetition: it may be a password', () => {
    for (const type of ['mainframe', 'hunter2', 'fs', '', '{"a":1}']) {
      expect(typeMistake(type, folder)).toMatch(/^type must be one of (?!.*Did you mean)/);
      if (type !== '' && type !== 'fs') expect(typeMistake(type, folder)).not.toContain(type);
    }
  });

  test('nothing, where a module is there; the module is not loaded', () => {
    expect(typeMistake('./throws.mjs', folder)).toBeUndefined();
  });
});
