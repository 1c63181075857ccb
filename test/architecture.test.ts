import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtInTypes } from '../src/providers/provider-modules.ts';
import { findCircles } from './support/find-circles.ts';
import { foldersIn, readSourceFiles, readSyntax, type SourceFile } from './support/source-files.ts';

/**
 * The areas of the tree, the more particular first, and what each may import: areas of ours besides itself, and packages.
 * `infra → functions → src/events → src/rollouts → src/tenants → src/compute ← src/providers/*`: arrows point one way.
 */
const areas: { area: string; within: RegExp; mayImport: string[]; packages?: RegExp }[] = [
  {
    area: 'infra/local',
    within: /^infra\/local\//,
    mayImport: [
      'index',
      'infra',
      'functions/runtime',
      'functions',
      'events',
      'rollouts',
      'tenants',
      'compute',
      'catalog',
      'provider',
      'client',
      'cli',
    ],
  },
  {
    area: 'infra',
    within: /^infra\//,
    mayImport: [
      'index',
      'functions/runtime',
      'functions',
      'events',
      'rollouts',
      'tenants',
      'compute',
      'catalog',
      'provider',
    ],
  },
  {
    area: 'functions/runtime',
    within: /^functions\/runtime\//,
    mayImport: ['index', 'functions', 'events', 'rollouts', 'tenants', 'compute', 'catalog', 'provider'],
  },
  // The document of the HTTP interface is made of what the handlers check and answer; no handler knows it.
  {
    area: 'functions/openapi',
    within: /^functions\/openapi\//,
    mayImport: ['index', 'functions', 'functions/runtime', 'rollouts', 'tenants', 'compute'],
  },
  {
    area: 'functions',
    within: /^functions\//,
    mayImport: ['index', 'functions/runtime', 'events', 'rollouts', 'tenants', 'compute', 'catalog', 'provider'],
  },
  { area: 'events', within: /^src\/events\//, mayImport: ['rollouts', 'tenants', 'compute'] },
  { area: 'rollouts', within: /^src\/rollouts\//, mayImport: ['tenants', 'compute'] },
  { area: 'tenants', within: /^src\/tenants\//, mayImport: ['compute'] },
  { area: 'compute', within: /^src\/compute\//, mayImport: [], packages: /^(?:zod|node:(?:crypto|events|util))$/ },
  { area: 'provider', within: /^src\/providers\/[^/]+\//, mayImport: ['compute'] },
  { area: 'catalog', within: /^src\/providers\/[^/]+\.ts$/, mayImport: ['compute', 'provider'] },
  // Both know the service by its routes and its shapes, and speak to it over HTTP.
  { area: 'client', within: /^src\/client\//, mayImport: ['routes', 'compute'] },
  { area: 'cli', within: /^src\/cli\//, mayImport: ['client', 'routes', 'compute'] },
  // The console is a page in a browser: it speaks HTTP, and shares with the tree the types of the API only.
  {
    area: 'console',
    within: /^src\/console\//,
    mayImport: [],
    packages: /^(?:preact(?:\/hooks)?|@preact\/signals|preact-iso|openapi-fetch|eventsource-parser)$/,
  },
  { area: 'index', within: /^src\/(?:index|provider)\.ts$/, mayImport: ['compute', 'tenants', 'events', 'client'] },
];

/** Files that only have types: what imports them has none of their code. */
const typesOfClient = new Set(['src/client/types.ts', 'src/client/schema.d.ts']);

const routes = 'functions/operations.ts';
const handlerLibraries = /^@middy\/|^@aws-lambda-powertools\//;
const vagueNames = /(?:^|\/)(?:utils?|helpers?|common|misc|shared)(?:\.tsx?|\/)/;
const maxLines = 300;
/** Folders that hold one short file for each operation or command. */
const perOperation = new Set(['functions', 'src/cli/commands']);
/** The command line and the client read the environment of their process in these files only. */
const environmentOfTheShell = ['src/cli/environment.ts', 'src/client/local-token.ts'];

/** Tables of plain data with one row for each operation or command. They are read row by row. */
const tables = ['functions/operations.ts', 'src/cli/commands.ts'];

/** Written by commands, for compilers to read. */
const generated = ['src/client/schema.d.ts'];

function areaOf(path: string) {
  return areas.find(({ within }) => within.test(path));
}

function providerOf(path: string): string | undefined {
  return /^src\/providers\/([^/]+)\//.exec(path)?.[1];
}

/** Returns the number of lines without comments and blank lines: a story before subtle code costs no file its place. */
function linesOfCode(text: string): number {
  const code = text.replace(/^[ \t]*\/\*[\s\S]*?\*\/[ \t]*$/gm, '').replace(/^[ \t]*\/\/.*$/gm, '');
  return code.split('\n').filter((line) => line.trim() !== '').length;
}

/** Everything about one file that breaks a rule, as sentences. */
function violationsOf(file: SourceFile): string[] {
  const { path, text } = file;
  const syntax = readSyntax(file);
  const area = areaOf(path);
  const violations = syntax.imports.flatMap(({ target, isOurs }) => {
    const broken = isOurs ? !mayImport(path, target) : !mayUse(path, target);
    return broken ? [`${path} imports ${target}`] : [];
  });
  if (!area) violations.push(`${path} is in no known area`);
  // A declaration describes the exports of another package.
  if (syntax.hasDefaultExport && !path.endsWith('.d.ts')) violations.push(`${path} has a default export`);
  if (syntax.saysAny) violations.push(`${path} says any`);
  if (vagueNames.test(path)) violations.push(`${path} has a name that says nothing`);
  if (![...generated, ...tables].includes(path) && linesOfCode(text) > maxLines)
    violations.push(`${path} has more than ${maxLines} lines of code`);
  const mayReadEnvironment = area?.area === 'functions/runtime' || environmentOfTheShell.includes(path);
  if (syntax.readsEnvironment && !mayReadEnvironment) violations.push(`${path} reads process.env`);
  return violations;
}

function mayImport(path: string, target: string): boolean {
  const [from, to] = [areaOf(path), areaOf(target)];
  if (!from || !to) return false;
  if (from === to) return providerOf(path) === providerOf(target);
  if (from.area === 'console' && typesOfClient.has(target)) return true;
  return from.mayImport.includes(to.area) || (target === routes && from.mayImport.includes('routes'));
}

function mayUse(path: string, packageName: string): boolean {
  const area = areaOf(path);
  if (handlerLibraries.test(packageName)) return area?.area === 'functions/runtime';
  return packageName !== '(computed)' && (area?.packages?.test(packageName) ?? true);
}

const files = readSourceFiles(['src', 'functions', 'infra']);

describe('the tree', () => {
  test('has files to look at', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(files.map(({ path }) => path)).toContain('src/compute/manager.ts');
  });

  test('imports in one direction, in files of a readable size and name', () => {
    expect(files.flatMap(violationsOf)).toEqual([]);
  });

  test('says any nowhere, and keeps nothing in vague places, in tests and benches either', () => {
    const others = readSourceFiles(['test', 'bench', 'examples']);
    expect(others.length).toBeGreaterThan(5);
    expect(others.filter((file) => readSyntax(file).saysAny).map(({ path }) => path)).toEqual([]);
    expect(others.filter(({ path }) => vagueNames.test(path)).map(({ path }) => path)).toEqual([]);
  });

  test('has no circle of imports, types included', () => {
    const edges = files.map((file) => [file.path, readSyntax(file).imports.map(({ target }) => target)] as const);
    expect(findCircles(new Map(edges))).toEqual([]);
  });

  test('keeps at most 16 source files in a folder, apart from those with one file per operation', () => {
    const crowded = [...filesByFolder()].filter(([folder, paths]) => paths.length > 16 && !perOperation.has(folder));
    expect(crowded.map(([folder, paths]) => `${folder}: ${paths.length} files`)).toEqual([]);
  });

  test('explains each folder of more than ten files in a README', () => {
    const large = [...filesByFolder()].filter(([folder, paths]) => paths.length > 10 && !perOperation.has(folder));
    expect(large.map(([folder]) => `${folder}/README.md`).filter((path) => !existsSync(path))).toEqual([]);
  });

  test('has at most four levels of folders', () => {
    expect(files.filter(({ path }) => path.split('/').length > 5).map(({ path }) => path)).toEqual([]);
  });
});

/** The source files directly in each folder. */
function filesByFolder(): Map<string, string[]> {
  return Map.groupBy(
    files.map(({ path }) => path),
    (path) => posix.dirname(path),
  );
}

describe('the providers', () => {
  const folders = foldersIn('src/providers');

  test('are in the catalog under the names of their folders', () => {
    const complete = folders.filter((folder) =>
      files.some(({ path }) => path === `src/providers/${folder}/provider.ts`),
    );
    expect(Object.keys(builtInTypes).toSorted()).toEqual(complete.toSorted());
  });

  test.each(folders)('%s has the files that every provider has', (folder) => {
    const paths = files.map(({ path }) => path);
    for (const role of ['descriptor', 'provider', 'config', 'mapping'])
      expect(paths).toContain(`src/providers/${folder}/${role}.ts`);
  });

  test.each(folders)('%s declares permissions if it loads a client of AWS', (folder) => {
    const own = files.filter(({ path }) => path.startsWith(`src/providers/${folder}/`));
    const needsRights = own.some((file) =>
      readSyntax(file).imports.some(({ target }) => /^@aws-sdk\/client-/.test(target)),
    );
    const { permissions } = builtInTypes[folder] ?? {};
    expect(permissions !== undefined, `permissions of ${folder}`).toBe(needsRights);
  });

  test('are known to one line of the code outside their folders', () => {
    const lines = files.filter(({ path }) => !path.startsWith('src/providers/')).flatMap(importedProviders);
    expect(lines).toEqual([]);
    const listed = files.filter(({ path }) => /^src\/providers\/[^/]+\.ts$/.test(path)).flatMap(importedProviders);
    expect(listed).toEqual(
      folders.map((folder) => `src/providers/catalog.ts imports src/providers/${folder}/construct-settings.ts`),
    );
  });

  test.each(folders)('%s has a conformance test and a page', (folder) => {
    expect(existsSync(`test/providers/${folder}/conformance.test.ts`)).toBe(true);
    expect(existsSync(`docs/providers/${folder}.md`)).toBe(true);
  });

  test.each(folders)('the mapping of %s is pure: it talks to nothing and waits for nothing', (folder) => {
    const mapping = files.find(({ path }) => path === `src/providers/${folder}/mapping.ts`);
    expect(mapping).toBeDefined();
    expect(mapping?.text).not.toMatch(/\bawait\b|\bfrom 'node:(?:fs|net|http|child_process|timers)/);
  });
});

/** The imports of a file from the folders of providers. */
function importedProviders(file: SourceFile): string[] {
  return readSyntax(file)
    .imports.filter(({ target }) => providerOf(target) !== undefined)
    .map(({ target }) => `${file.path} imports ${target}`);
}

/** `await import(`…${name}.ts`)` */
function computedImport(folder: string): string {
  return 'await import(`' + folder + '$' + '{name}.ts`);';
}

describe('the rules themselves', () => {
  const broken: [path: string, text: string, violation: string][] = [
    ['src/compute/x.ts', "import { a } from '../tenants/a.ts';", 'src/compute/x.ts imports src/tenants/a.ts'],
    [
      'src/compute/x.ts',
      "import type { A } from '../providers/memory/a.ts';",
      'src/compute/x.ts imports src/providers/memory/a.ts',
    ],
    ['src/compute/x.ts', "type A = import('../index.ts').A;", 'src/compute/x.ts imports src/index.ts'],
    ['src/compute/x.ts', "import dockerode from 'dockerode';", 'src/compute/x.ts imports dockerode'],
    ['src/compute/x.ts', "import '../../functions/operations.ts';", 'src/compute/x.ts imports functions/operations.ts'],
    [
      'src/tenants/x.ts',
      "export * from '../providers/catalog.ts';",
      'src/tenants/x.ts imports src/providers/catalog.ts',
    ],
    ['src/tenants/x.ts', "export { a } from '../../functions/a.ts';", 'src/tenants/x.ts imports functions/a.ts'],
    ['src/providers/ecs/x.ts', "import '../docker/a.ts';", 'src/providers/ecs/x.ts imports src/providers/docker/a.ts'],
    ['src/providers/ecs/x.ts', "import '../catalog.ts';", 'src/providers/ecs/x.ts imports src/providers/catalog.ts'],
    ['src/providers/ecs/x.ts', "import '../../tenants/a.ts';", 'src/providers/ecs/x.ts imports src/tenants/a.ts'],
    ['src/client/x.ts', "import '../tenants/a.ts';", 'src/client/x.ts imports src/tenants/a.ts'],
    ['src/client/x.ts', "import '../../functions/a.ts';", 'src/client/x.ts imports functions/a.ts'],
    ['src/cli/x.ts', "import '../providers/catalog.ts';", 'src/cli/x.ts imports src/providers/catalog.ts'],
    ['src/console/x.ts', "import '../client/client.ts';", 'src/console/x.ts imports src/client/client.ts'],
    ['src/console/x.tsx', "import '../compute/errors.ts';", 'src/console/x.tsx imports src/compute/errors.ts'],
    ['src/console/x.tsx', "import { z } from 'zod'; <p>{z}</p>;", 'src/console/x.tsx imports zod'],
    ['src/console/x.ts', "import { readFile } from 'node:fs';", 'src/console/x.ts imports node:fs'],
    ['infra/x.ts', "import '../src/console/main.tsx';", 'infra/x.ts imports src/console/main.tsx'],
    ['functions/x.ts', "await import('../infra/app.ts');", 'functions/x.ts imports infra/app.ts'],
    ['functions/x.ts', "import './openapi/document.ts';", 'functions/x.ts imports functions/openapi/document.ts'],
    ['functions/x.ts', "import middy from '@middy/core';", 'functions/x.ts imports @middy/core'],
    ['functions/x.ts', 'await import(somewhere);', 'functions/x.ts imports (computed)'],
    ['functions/x.ts', computedImport('../infra/'), 'functions/x.ts imports infra/(computed)'],
    ['infra/x.ts', "import './local/main.ts';", 'infra/x.ts imports infra/local/main.ts'],
    ['functions/runtime/x.ts', "import '../../infra/local/a.ts';", 'functions/runtime/x.ts imports infra/local/a.ts'],
    [
      'infra/local/x.ts',
      "import { Logger } from '@aws-lambda-powertools/logger';",
      'infra/local/x.ts imports @aws-lambda-powertools/logger',
    ],
    ['infra/x.ts', "import '../test/support/specs.ts';", 'infra/x.ts imports test/support/specs.ts'],
    ['src/elsewhere/x.ts', '', 'src/elsewhere/x.ts is in no known area'],
    ['infra/x.ts', 'export default 1;', 'infra/x.ts has a default export'],
    ['infra/x.ts', 'const a = 1; export { a as default };', 'infra/x.ts has a default export'],
    ['infra/x.ts', 'export function a(b: unknown): any { return b; }', 'infra/x.ts says any'],
    ['infra/x.ts', 'const a = 1 as unknown as Map<string, any>;', 'infra/x.ts says any'],
    ['infra/utils.ts', '', 'infra/utils.ts has a name that says nothing'],
    ['src/compute/common/x.ts', '', 'src/compute/common/x.ts has a name that says nothing'],
    ['infra/x.ts', 'f();\n'.repeat(301), 'infra/x.ts has more than 300 lines of code'],
    ['infra/local/x.ts', 'const a = process.env.A;', 'infra/local/x.ts reads process.env'],
    ['infra/local/x.ts', "const a = process['env'].A;", 'infra/local/x.ts reads process.env'],
    ['src/cli/x.ts', 'const a = process.env.A;', 'src/cli/x.ts reads process.env'],
    ['src/tenants/x.ts', 'const { env } = process;', 'src/tenants/x.ts reads process.env'],
    ['src/tenants/x.ts', "import { env } from 'node:process';", 'src/tenants/x.ts reads process.env'],
  ];

  test.each(broken)('in %s, %j is caught', (path, text, violation) => {
    expect(violationsOf({ path, text })).toEqual([violation]);
  });

  test('a circle of imports is found, whatever its length, and a diamond is none', () => {
    const graph = { a: ['b', 'd'], b: ['c'], c: ['a'], d: ['e'], e: [], f: ['f'], g: ['d', 'e'] };
    expect(findCircles(new Map(Object.entries(graph)))).toEqual([['a', 'b', 'c'], ['f']]);
  });

  test.each([
    ['src/compute/x.ts', "import * as z from 'zod'; import { a } from './a.ts';"],
    ['src/tenants/x.ts', "import { Manager } from '../compute/manager.ts';"],
    ['src/providers/ecs/x.ts', "import './config.ts'; import '../../compute/spec.ts'; import '@aws-sdk/client-ecs';"],
    ['src/providers/catalog.ts', "const load = () => import('./memory/provider.ts');"],
    ['src/client/x.ts', "import { routes } from '../../functions/operations.ts'; import '../compute/errors.ts';"],
    [
      'src/console/x.tsx',
      "import type { Tenant } from '../client/types.ts'; import { signal } from '@preact/signals';",
    ],
    ['functions/runtime/x.ts', "import middy from '@middy/core'; const level = process.env.LOG_LEVEL;"],
    ['src/cli/environment.ts', 'const { env } = process;'],
    ['infra/local/x.ts', computedImport('../../functions/')],
    ['infra/local/x.ts', "import '../../functions/provision-tenant.ts'; const { pid, environment } = process;"],
    [
      'infra/x.ts',
      `// any, export default, process.env\nexport const a = 'import "../local/x.ts"';${'\n'.repeat(299)}`,
    ],
  ])('in %s, %j is fine', (path, text) => {
    expect(violationsOf({ path, text })).toEqual([]);
  });
});
