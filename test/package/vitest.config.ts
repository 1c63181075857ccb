import { defineConfig } from 'vitest/config';

/** What takes a compiler, npm and a synthesis: `npm run test:package`, apart from the tests that run on every change. */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: { include: ['test/package/installed.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
});
