import type { HealthCheck as EcsHealthCheck } from '@aws-sdk/client-ecs';
import { type Issue, toPointer } from '../../compute/errors.ts';
import type { ContainerSpec, HealthCheck } from '../../compute/spec/spec.ts';

/*
 * ECS runs one kind of health check: a command in the container. `exec` is that. For `http` and `tcp` it is a small
 * script, so the image needs a shell and one of the programs that the script tries. The address is always the container's
 * own, and what comes from the specification is an argument of the script, never a part of it.
 */
const HTTP_SCRIPT =
  'if command -v curl >/dev/null 2>&1; then exec curl -fsS -o /dev/null -m "$2" "$1"; fi; exec wget -q -O /dev/null -T "$2" "$1"';
const TCP_SCRIPT =
  'if command -v nc >/dev/null 2>&1; then exec nc -z -w "$2" 127.0.0.1 "$1"; fi; ' +
  'exec bash -c \': >"/dev/tcp/127.0.0.1/$0"\' "$1"';

/**
 * The bounds of ECS, by the names of the specification.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
 */
const BOUNDS = {
  interval_seconds: [5, 300],
  timeout_seconds: [2, 60],
  unhealthy_threshold: [1, 10],
  healthy_threshold: [1, 1],
} as const satisfies Partial<Record<keyof HealthCheck, readonly [number, number]>>;

/** A health check in the terms of ECS. */
export function toEcsHealthCheck(container: ContainerSpec, startPeriod: number): EcsHealthCheck | undefined {
  const { health_check: check } = container;
  if (!check) return undefined;
  return {
    command: ['CMD', ...commandOf(check, check.port ?? container.ports?.[0]?.container_port)],
    interval: check.interval_seconds,
    timeout: check.timeout_seconds,
    retries: check.unhealthy_threshold,
    ...(startPeriod > 0 && { startPeriod }),
  };
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

/** What ECS cannot do as it is asked for. */
export function healthCheckIssues({ health_check: check, ports }: ContainerSpec, index: number): Issue[] {
  if (!check) return [];
  const at = (field: string, message: string) => ({
    pointer: toPointer(['containers', index, 'health_check', field]),
    message,
  });
  const issues = Object.entries(BOUNDS).flatMap(([field, [min, max]]) => {
    const value = check[field as keyof typeof BOUNDS];
    if (value >= min && value <= max) return [];
    return [at(field, `${field} must be ${min === max ? min : `from ${min} to ${max}`} on ECS`)];
  });
  const port = check.port ?? ports?.[0]?.container_port;
  const isUdp = ports?.some((mapping) => mapping.container_port === port && mapping.protocol === 'udp');
  return check.type !== 'exec' && isUdp ? [...issues, at('port', 'a udp port cannot be checked')] : issues;
}

/** What the image of the container needs for it. */
export function healthCheckWarnings({ name, health_check: check }: ContainerSpec): string[] {
  const needs = { http: 'a shell and curl or wget', tcp: 'a shell and nc, or bash', exec: undefined };
  const need = check && needs[check.type];
  return need ? [`the ${check.type} health check of ${name} runs inside the container: its image needs ${need}`] : [];
}
