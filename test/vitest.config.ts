import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    // Most tests wait for processes rather than compute, so there may be more of them than cores.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A rule that broke is told in full, not in its first forty characters.
    taskTitleValueFormatTruncate: 0,
    // What is waited for comes at once on an idle machine, and in its own time on a busy one.
    expect: { poll: { timeout: 10_000 } },
    coverage: {
      provider: 'v8',
      include: ['src/**', 'functions/**', 'infra/**'],
      reporter: ['text-summary'],
    },
  },
});
