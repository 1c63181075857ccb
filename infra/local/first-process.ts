import { existsSync } from 'node:fs';

/*
 * The first process of a container or of a machine becomes the parent of every process whose own parent has ended, and has
 * to collect their exits (wait(2)). Node collects only those of its own children, so the others would remain as zombies.
 * A shell collects all of them while it waits, so as process 1 Berth hands its place over to one, which runs Berth, passes
 * signals on, and ends as Berth does. A signal interrupts `wait`; the loop then waits again.
 */
const SHELL = '/bin/sh';
const SCRIPT = `
"$@" & child=$!
trap 'kill -TERM "$child"' TERM INT
while :; do
  wait "$child"; code=$?
  kill -0 "$child" 2>/dev/null || exit "$code"
done`;

// Imported before everything that takes time or opens something.
if (process.pid === 1 && process.platform === 'linux' && process.execve && existsSync(SHELL)) {
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(SHELL, [SHELL, '-c', SCRIPT, 'berth', ...command]);
}
