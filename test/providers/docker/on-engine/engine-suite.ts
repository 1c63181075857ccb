import Docker from 'dockerode';
import { describe, expect, test } from 'vitest';

const isRequired = process.env.BERTH_REQUIRE_DOCKER === '1';
const unreachable = await new Docker().ping().then(
  () => undefined,
  (error: Error) => error.message,
);

/** Tests that need a real engine: the one of DOCKER_HOST, or the machine's. Where one is required, its absence is a failure. */
export function engineSuite(name: string, define: () => void): void {
  if (unreachable === undefined) describe(name, define);
  else if (isRequired) test(name, () => expect.fail(`there is no Docker engine: ${unreachable}`));
  else describe.skip(name, define);
}

/** Says once, and where it is seen, that tests were left out. */
export function tellIfSkipped(): void {
  if (unreachable === undefined || isRequired) return;
  process.stderr.write(
    'Docker suite skipped: no engine is reachable. test/support/docker-engine.sh runs a command with one.\n',
  );
}
