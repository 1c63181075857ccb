import Docker from 'dockerode';
import { describe, expect, test } from 'vitest';

const isRequired = process.env.BERTH_REQUIRE_DOCKER === '1';
const unreachable = await new Docker().ping().then(
  () => undefined,
  (error: Error) => error.message,
);

/** Defines tests that need an engine (DOCKER_HOST, or the local one). With BERTH_REQUIRE_DOCKER=1 they fail without one. */
export function engineSuite(name: string, define: () => void): void {
  if (unreachable === undefined) describe(name, define);
  else if (isRequired) test(name, () => expect.fail(`no Docker engine is reachable: ${unreachable}`));
  else describe.skip(name, define);
}

/** Prints once that tests were skipped. */
export function warnIfSkipped(): void {
  if (unreachable === undefined || isRequired) return;
  process.stderr.write(
    'Docker suite skipped: no engine is reachable. test/support/docker-engine.sh runs a command with one.\n',
  );
}
