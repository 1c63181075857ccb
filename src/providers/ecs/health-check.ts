import type { HealthCheck as EcsHealthCheck } from '@aws-sdk/client-ecs';
import { type Issue, toPointer } from '../../compute/errors.ts';
import type { ContainerSpec, HealthCheck } from '../../compute/spec/spec.ts';

/*
 * ECS knows one kind of health check: a command that runs in the container. An `exec` check is such a command. For `http`
 * and `tcp` it is a small script, so the image needs a shell and one of the programs that the script tries. The script
 * always checks the container's own address. Values of the specification are arguments of the script, never part of it.
 */
const HTTP_SCRIPT =
  'if command -v curl >/dev/null 2>&1; then exec curl -fsS -o /dev/null -m "$2" "$1"; fi; ' +
  'exec wget -q -O /dev/null -T "$2" "$1"';
const TCP_SCRIPT =
  'if command -v nc >/dev/null 2>&1; then exec nc -z -w "$2" 127.0.0.1 "$1"; fi; ' +
  'exec bash -c \': >"/dev/tcp/127.0.0.1/$0"\' "$1"';

/**
 * The limits of ECS, by field of the specification.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
 */
const LIMITS = {
  interval_seconds: [5, 300],
  timeout_seconds: [2, 60],
  unhealthy_threshold: [1, 10],
  healthy_threshold: [1, 1],
} as const satisfies Partial<Record<keyof HealthCheck, readonly [number, number]>>;

/** Maps a container's health check. `startPeriod` is in seconds. */
export function toEcsHealthCheck(container: ContainerSpec, startPeriod: number): EcsHealthCheck | undefined {
  const { health_check: check } = container;
  if (!check) return undefined;
  return {
    command: ['CMD', ...commandOf(check, checkedPort(container))],
    interval: check.interval_seconds,
    timeout: check.timeout_seconds,
    retries: check.unhealthy_threshold,
    ...(startPeriod > 0 && { startPeriod }),
  };
}

function checkedPort({ health_check, ports }: ContainerSpec): number | undefined {
  return health_check?.port ?? ports?.[0]?.container_port;
}

function commandOf(check: HealthCheck, port: number | undefined): string[] {
  const timeout = String(check.timeout_seconds);
  switch (check.type) {
    case 'exec':
      return check.command ?? [];
    case 'http':
      return ['sh', '-c', HTTP_SCRIPT, 'sh', `http://127.0.0.1:${port}${check.http_path ?? '/'}`, timeout];
    case 'tcp':
      return ['sh', '-c', TCP_SCRIPT, 'sh', String(port), timeout];
  }
}

/** Returns the fields of a health check that ECS does not support as given. */
export function healthCheckIssues(container: ContainerSpec, index: number): Issue[] {
  const { health_check: check, ports = [] } = container;
  if (!check) return [];
  const issueAt = (field: string, message: string) => ({
    pointer: toPointer(['containers', index, 'health_check', field]),
    message,
  });
  const issues = Object.entries(LIMITS).flatMap(([field, [min, max]]) => {
    const value = check[field as keyof typeof LIMITS];
    if (value >= min && value <= max) return [];
    return [issueAt(field, `${field} must be ${min === max ? min : `from ${min} to ${max}`} on ECS`)];
  });
  const port = checkedPort(container);
  const isUdp = ports.some((mapping) => mapping.container_port === port && mapping.protocol === 'udp');
  if (check.type !== 'exec' && isUdp) issues.push(issueAt('port', 'port must be a tcp port: ECS cannot check udp'));
  return issues;
}

/** Returns what a health check requires of the image. */
export function healthCheckWarnings({ name, health_check: check }: ContainerSpec): string[] {
  const programs = { http: 'a shell and curl or wget', tcp: 'a shell and nc, or bash', exec: undefined };
  const needed = check && programs[check.type];
  return needed
    ? [`the ${check.type} health check of ${name} runs inside the container: its image needs ${needed}`]
    : [];
}
