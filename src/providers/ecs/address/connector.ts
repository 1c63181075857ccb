import type { GatewayConnector } from '@aws-sdk/client-ecs';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import type { EcsConfig } from '../config.ts';
import { portName } from '../names.ts';
import { toTargetHealth } from './target-health.ts';
import { targetPort } from './target-port.ts';

/** Maps a specification to the connector of its service. A given task definition has port names of its own. */
export function toConnector(spec: TenantComputeSpec, config: EcsConfig): GatewayConnector | undefined {
  const { gateway, task_definition_arn } = config;
  if (!gateway) return undefined;
  if (task_definition_arn) return { portName: gateway.port_name ?? '' };
  const target = targetPort(spec, gateway);
  const container = spec.containers.find(({ name }) => name === target?.container);
  const { path, port, interval, timeout, healthy, unhealthy, codes } = toTargetHealth(container, target?.port);
  return {
    portName: target ? portName(target.container, target.port) : '',
    healthCheck: {
      healthCheckProtocol: 'HTTP',
      healthCheckPath: path,
      ...(port !== undefined && { healthCheckPort: port }),
      healthCheckIntervalSeconds: interval,
      healthCheckTimeoutSeconds: timeout,
      healthyThresholdCount: healthy,
      unhealthyThresholdCount: unhealthy,
      matcher: { httpCode: codes },
    },
  };
}
