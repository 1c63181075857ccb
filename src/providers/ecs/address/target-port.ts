import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';

export interface ContainerPort {
  container: string;
  port: number;
  protocol: 'tcp' | 'udp';
}

/** Which port a load balancer or Cloud Map points to. */
export interface TargetSettings {
  container_name?: string | undefined;
  container_port?: number | undefined;
}

/** Returns the ports of all containers, in the order of the specification. */
export function portsOf({ containers }: TenantComputeSpec): ContainerPort[] {
  return containers.flatMap(({ name, ports = [] }) =>
    ports.map(({ container_port, protocol }) => ({ container: name, port: container_port, protocol })),
  );
}

/** Returns the first tcp port that has the given container name and number, where given. */
export function targetPort(
  spec: TenantComputeSpec,
  { container_name, container_port }: TargetSettings,
): ContainerPort | undefined {
  return portsOf(spec).find(
    ({ container, port, protocol }) =>
      protocol === 'tcp' &&
      (container_name === undefined || container === container_name) &&
      (container_port === undefined || port === container_port),
  );
}
