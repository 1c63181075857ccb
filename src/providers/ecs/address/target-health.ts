import type { ContainerSpec, HealthCheck } from '../../../compute/spec/spec.ts';

/** How a load balancer finds out whether a task may get requests. */
export interface TargetHealth {
  path: string;
  /** Undefined for the port that gets the requests. */
  port: number | undefined;
  interval: number;
  timeout: number;
  healthy: number;
  unhealthy: number;
  /** The status codes that count as healthy. */
  codes: string;
}

/**
 * The limits of health checks of a target group, and of a gateway, which makes target groups.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 */
const THRESHOLDS = [2, 10] as const;
const DEFAULT_INTERVAL = 15;
const DEFAULT_TIMEOUT = 5;

/**
 * Maps the health check of the container that gets the requests. An http check counts as on ECS itself, where `curl -f`
 * runs it: up to 399 is healthy. Without one, every answer below 500 shows that the container listens.
 */
export function toTargetHealth(container: ContainerSpec | undefined, targetPort: number | undefined): TargetHealth {
  const check = container?.health_check;
  const isHttp = check?.type === 'http';
  const port = isHttp ? check.port : undefined;
  return {
    path: isHttp ? (check.http_path ?? '/') : '/',
    port: port === targetPort ? undefined : port,
    interval: check?.interval_seconds ?? DEFAULT_INTERVAL,
    timeout: check?.timeout_seconds ?? DEFAULT_TIMEOUT,
    healthy: THRESHOLDS[0],
    unhealthy: unhealthyThreshold(check),
    codes: isHttp ? '200-399' : '200-499',
  };
}

function unhealthyThreshold(check: HealthCheck | undefined): number {
  const [least, most] = THRESHOLDS;
  return Math.min(Math.max(check?.unhealthy_threshold ?? least, least), most);
}
