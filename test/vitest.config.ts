import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** These look at time, or at what a module remembers for its whole process. */
const alone = [
  'test/compute/{names,spec-speed}.test.ts',
  'test/expressions/pumped.test.ts',
  'test/functions/{bus,operations,openapi/problems}.test.ts',
];

// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    // Most tests wait for processes rather than compute, so there may be more of them than cores.
    maxWorkers: 3,
    // For what hangs. Several processes that start one after the other take their time on a machine that is busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: 'test/support/temporary-folder.ts',
    // A rule that broke is told in full, not in its first forty characters.
    taskTitleValueFormatTruncate: 0,
    // What is waited for comes at once on an idle machine, and in its own time on a busy one.
    expect: { poll: { timeout: 10_000 } },
    // Processes that tests start read what others before them have compiled, as those of the command line do.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/berth', import.meta.url)) },
    coverage: {
      provider: 'v8',
      include: ['{src,functions,infra}/**/*.{ts,mjs}'],
      reporter: ['text-summary'],
    },
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      // A worker reads a module once. To read them all again for each file takes as long as the tests do.
      { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: alone, isolate: false } },
    ],
  },
});
