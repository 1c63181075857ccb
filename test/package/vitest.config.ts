import { defineConfig } from 'vitest/config';

/** `npm run test:package`: tests that need a compiler, npm and a synthesis. They are not part of `npm test`. */
// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/package/{installed,from-registry,example}.ts'],
    globalSetup: 'test/package/pack.ts',
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
