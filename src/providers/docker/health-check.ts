import type Docker from 'dockerode';
import type { ContainerSpec, HealthCheck } from '../../compute/spec/spec.ts';

/** The engine remembers this many checks: more successes in a row cannot be asked of it. */
export const MAX_HEALTHY_THRESHOLD = 5;

const SECOND = 1_000_000_000;

/**
 * Checks by HTTP and TCP run in a container beside the one that they check: not every image has a program for it, and
 * from here the tenant's network may be out of reach. Busybox's `wget` and `nc` do, and the engine counts the results.
 * The host is named `localhost`, because servers refuse names that they do not know. Arguments are handed over as such;
 * nothing of a specification becomes part of a script.
 */
const HTTP_SCRIPT = `answer=$(wget -q -S -O /dev/null --header "Host: localhost:$2" "http://$1:$2$3" 2>&1)
status=$(printf '%s\\n' "$answer" | sed -n 's,^ *HTTP/[0-9.]* \\([0-9][0-9][0-9]\\).*,\\1,p' | head -n 1)
case "$status" in
  2??|3??) exit 0 ;;
  '') echo "no answer on port $2" ;;
  *) echo "it answered HTTP $status on port $2" ;;
esac
exit 1`;
const TCP_SCRIPT = `nc -w "$3" "$1" "$2" -e true 2>/dev/null && exit 0
echo "nothing listens on port $2"
exit 1`;

/** Whether a check runs in a container of its own. */
export function needsProbe(check: HealthCheck | undefined): boolean {
  return check !== undefined && check.type !== 'exec';
}

/** The container port that a check by HTTP or TCP goes to. */
export function probedPort({ health_check: check, ports = [] }: ContainerSpec): number {
  return check?.port ?? ports.find(({ protocol }) => protocol === 'tcp')?.container_port ?? 0;
}

/** The engine's form of a check. Whatever check an image brings along is switched off: the specification says what counts. */
export function toHealthConfig(
  { health_check: check, ...container }: ContainerSpec,
  target: string | undefined,
  startSeconds: number,
): Docker.HealthConfig {
  if (!check || (needsProbe(check) && target === undefined)) return { Test: ['NONE'] };
  const command =
    target === undefined ? (check.command ?? []) : probeCommand({ health_check: check, ...container }, target);
  // Docker 20.10 ends with a panic where a check has no command, and all containers with it.
  if (command.length === 0) return { Test: ['NONE'] };
  const timing = {
    Interval: check.interval_seconds * SECOND,
    Timeout: check.timeout_seconds * SECOND,
    Retries: check.unhealthy_threshold,
    StartPeriod: Math.round(startSeconds * SECOND),
    // Engines before 25 do not know it, and wait for the first interval to pass.
    StartInterval: SECOND,
  };
  return { Test: ['CMD', ...command], ...timing };
}

function probeCommand(container: ContainerSpec, target: string): string[] {
  const { type, http_path = '/', timeout_seconds } = container.health_check ?? {};
  const port = String(probedPort(container));
  if (type === 'http') return ['sh', '-c', HTTP_SCRIPT, 'sh', target, port, http_path];
  return ['sh', '-c', TCP_SCRIPT, 'sh', target, port, String(timeout_seconds)];
}
