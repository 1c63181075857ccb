import type Docker from 'dockerode';
import type { ContainerSpec, HealthCheck } from '../../compute/spec/spec.ts';

/** The engine keeps the results of this many checks, so a higher threshold cannot be observed. */
export const MAX_HEALTHY_THRESHOLD = 5;

const SECOND = 1_000_000_000;

/*
 * HTTP and TCP checks run in a probe, a container in the tenant's network: not every image has an HTTP client, and Berth
 * itself may have no route to that network. The engine runs the scripts, with `wget` and `nc` of busybox, and counts the
 * results. The Host header is `localhost`, because servers refuse unknown names. Values of a specification are passed as
 * arguments and never become part of a script.
 */
const HTTP_SCRIPT = `answer=$(wget -q -S -O /dev/null --header "Host: localhost:$2" "http://$1:$2$3" 2>&1)
status=$(printf '%s\\n' "$answer" | sed -n 's,^ *HTTP/[0-9.]* \\([0-9][0-9][0-9]\\).*,\\1,p' | head -n 1)
case "$status" in
  2??|3??) exit 0 ;;
  '') echo "no answer on port $2" ;;
  *) echo "HTTP status $status on port $2" ;;
esac
exit 1`;
const TCP_SCRIPT = `nc -w "$3" "$1" "$2" -e true 2>/dev/null && exit 0
echo "nothing listens on port $2"
exit 1`;

/** Returns true for a check that runs in a probe rather than in the container itself. */
export function needsProbe(check: HealthCheck | undefined): boolean {
  return check !== undefined && check.type !== 'exec';
}

/** Returns the container port that an HTTP or TCP check connects to. */
export function probedPort({ health_check: check, ports = [] }: ContainerSpec): number {
  return check?.port ?? ports.find(({ protocol }) => protocol === 'tcp')?.container_port ?? 0;
}

/**
 * Returns the engine's form of a check: for the container itself, or with a `target` for its probe. Without a check it
 * disables the one that an image may define, so that only the specification counts.
 */
export function toHealthConfig(
  { health_check: check, ...container }: ContainerSpec,
  target: string | undefined,
  startSeconds: number,
): Docker.HealthConfig {
  if (!check || (needsProbe(check) && target === undefined)) return { Test: ['NONE'] };
  const command =
    target === undefined ? (check.command ?? []) : probeCommand({ health_check: check, ...container }, target);
  // On a check without a command Docker 20.10 panics, and takes all containers down with it.
  if (command.length === 0) return { Test: ['NONE'] };
  const timing = {
    Interval: check.interval_seconds * SECOND,
    Timeout: check.timeout_seconds * SECOND,
    Retries: check.unhealthy_threshold,
    StartPeriod: Math.round(startSeconds * SECOND),
    // Engines before 25 ignore it and run the first check after `Interval`.
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
