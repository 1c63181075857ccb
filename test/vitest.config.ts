import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests of durations, or of state that a module keeps for its whole process. */
const alone = [
  'test/compute/spec/{names,spec-speed}.test.ts',
  'test/expressions/pumped.test.ts',
  'test/functions/{operations,openapi/problems,runtime/setup/publishing}.test.ts',
];

// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  // The examples are packages of their own, which import Berth by its name.
  resolve: {
    alias: {
      'berth/provider': fileURLToPath(new URL('../src/provider.ts', import.meta.url)),
      'berth/conformance': fileURLToPath(new URL('conformance/provider-suite.ts', import.meta.url)),
    },
  },
  test: {
    // Most tests wait for processes rather than compute, so more workers than cores are useful.
    maxWorkers: 3,
    // Ends a test that hangs. Starting several processes in sequence takes long on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: 'test/support/temporary-folder.ts',
    // Prints the full title of a broken rule instead of its first forty characters.
    taskTitleValueFormatTruncate: 0,
    // A polled state is reached at once on an idle machine, and later on a busy one.
    expect: { poll: { timeout: 10_000 } },
    // Processes of tests share a compile cache, as processes of the command line do.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/berth', import.meta.url)) },
    coverage: {
      provider: 'v8',
      include: ['{src,functions,infra}/**/*.{ts,mjs}'],
      reporter: ['text-summary'],
    },
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      // A worker loads each module once. Loading all of them again for each file takes as long as the tests.
      { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: alone, isolate: false } },
    ],
  },
});
