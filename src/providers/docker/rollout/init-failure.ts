import { type ContainerFailure, toFailure } from '../engine/container-failure.ts';
import type { Engine } from '../engine/engine.ts';
import { lastOutput } from '../logs/last-output.ts';
import type { Observation } from './observe.ts';

/*
 * With an init process, the engine starts docker-init, and that starts the command. A command that cannot be started is then
 * no refusal of the engine: docker-init says so in the log, and ends. Its line and its exit codes are those of tini,
 * https://github.com/krallin/tini/blob/master/src/tini.c (spawn_process).
 */
const FATAL = /^\[FATAL tini \(\d+\)\] exec .* failed: (.*)$/m;
const EXIT_CODES: readonly number[] = [1, 126, 127];

/** Returns why docker-init could not start the command of one of the containers; undefined if it could, or still may. */
export async function findInitFailure(
  engine: Engine,
  observations: readonly Observation[],
): Promise<ContainerFailure | undefined> {
  for (const { instance, inspected, isProven } of observations) {
    if (isProven || !inspected?.HostConfig.Init || !EXIT_CODES.includes(inspected.State.ExitCode)) continue;
    const [, reason] = FATAL.exec(await lastOutput(engine, inspected)) ?? [];
    if (reason === undefined) continue;
    const failure = toFailure(`exec command: ${reason.toLowerCase()}`);
    return { ...failure, message: `container ${instance.container}: ${failure.message}` };
  }
  return undefined;
}
