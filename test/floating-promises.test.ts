import { describe, expect, test } from 'vitest';
import { findFloatingPromises } from './support/floating-promises.ts';
import { readSourceFiles } from './support/source-files.ts';

/** Promises that never are rejected, each with the reason. */
const harmless: Readonly<Record<string, string>> = {
  'bench/storm/host.ts sweeps': 'the bench ends with the process, whatever fails',
  'bench/storm/real.ts sweeping': 'the bench ends with the process, whatever fails',
  'infra/local/demo/demo.ts stopped': 'a signal only resolves it',
  'infra/local/main.ts stopped': 'a signal only resolves it',
  'infra/local/server.ts providersFound': '`findProviders` catches what the engine does',
  'src/providers/docker/rollout/run-rollout.ts heartbeat': '`keepHeartbeat` logs each failure, and goes on',
  'src/tenants/sweep/sweeper.ts queues': '`#admit` logs each failure, and admits none',
};

test('no promise is begun and awaited only after another one, unless it never is rejected', () => {
  const found = readSourceFiles(['src', 'functions', 'infra', 'bench', 'examples']).flatMap(findFloatingPromises);
  expect(found.map((each) => each.replace(/:\d+/, '')).sort()).toEqual(Object.keys(harmless));
});

describe('the search', () => {
  const search = (body: string) => findFloatingPromises({ path: 'f.ts', text: `async function f() {\n${body}\n}` });

  test.each([
    ['const a = begin();\nawait other();\nawait a;', ['f.ts:2 a']],
    ['const a = begin();\nconst b = begin();\nawait a;\nawait b;', ['f.ts:3 b']],
    ['const a = begin();\nfor (;;) await other();\nreturn [await a];', ['f.ts:2 a']],
    ['const a = begin();\nfor await (const b of list()) use(b);\nawait Promise.all([a]);', ['f.ts:2 a']],
    ['const list = [];\nfor (;;) {\nlist.push(begin());\nawait other();\n}\nawait Promise.all(list);', ['f.ts:4 list']],
    ['return () => { const a = begin(); };', []],
    ['const run = async () => {\nconst a = begin();\nawait other();\nawait a;\n};', ['f.ts:3 a']],
  ])('finds %j', (body, expected) => {
    expect(search(body)).toEqual(expected);
  });

  test.each([
    'const a = begin();\nconst b = begin();\nawait Promise.all([a, b]);',
    'const a = Promise.allSettled([begin()]);\nawait other();\nawait a;',
    'const a = begin().catch(handle);\nawait other();\nawait a;',
    'const a = await begin();\nawait other(a);',
    'const list = [];\nfor (;;) {\nlist.push(Promise.allSettled([begin()]));\nawait other();\n}\nawait Promise.all(list);',
    'const list = [];\nfor (const one of all) list.push(begin(one));\nawait Promise.all(list);',
    'const a = begin();\nawait a;\nawait a;',
    'const a = compute();\nawait other(a);',
  ])('accepts %j', (body) => {
    expect(search(body)).toEqual([]);
  });
});
