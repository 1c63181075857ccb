import type { CreateServiceCommandInput, NetworkConfiguration, UpdateServiceCommandInput } from '@aws-sdk/client-ecs';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { EcsConfig } from './config.ts';
import { isFargate } from './config-rules.ts';
import { discoveryName, portName } from './names.ts';

/** What a service is made with and updated to, beside its task definition and its tags. */
export type ServiceSettings = Pick<
  CreateServiceCommandInput & UpdateServiceCommandInput,
  | 'desiredCount'
  | 'networkConfiguration'
  | 'capacityProviderStrategy'
  | 'platformVersion'
  | 'deploymentConfiguration'
  | 'loadBalancers'
  | 'healthCheckGracePeriodSeconds'
  | 'serviceRegistries'
  | 'serviceConnectConfiguration'
  | 'propagateTags'
  | 'enableECSManagedTags'
  | 'enableExecuteCommand'
>;

/** A port that a container is reached at. */
export interface ContainerPort {
  container: string;
  port: number;
  protocol: 'tcp' | 'udp';
}

/**
 * The service of a specification. A new version starts beside the old one, and ECS itself goes back to the old one where
 * the new one does not start (the deployment circuit breaker): nobody of Berth has to be there.
 */
export function toServiceSettings(spec: TenantComputeSpec, config: EcsConfig, service: string): ServiceSettings {
  const { capacity_providers, platform_version, load_balancer, service_connect, service_registry } = config;
  return {
    desiredCount: config.desired_count,
    networkConfiguration: toNetworkConfiguration(spec, config),
    ...(capacity_providers && {
      capacityProviderStrategy: capacity_providers.map(({ name, weight, base }) => ({
        capacityProvider: name,
        weight,
        base,
      })),
    }),
    ...(platform_version && isFargate(config) && { platformVersion: platform_version }),
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: true, rollback: true },
      minimumHealthyPercent: 100,
      maximumPercent: 200,
    },
    ...(load_balancer && {
      loadBalancers: [{ targetGroupArn: load_balancer.target_group_arn, ...toTarget(spec, load_balancer) }],
      healthCheckGracePeriodSeconds: load_balancer.health_check_grace_seconds,
    }),
    ...(service_registry && {
      serviceRegistries: [
        {
          registryArn: service_registry.registry_arn,
          ...(service_registry.container_port && toTarget(spec, service_registry)),
        },
      ],
    }),
    ...(service_connect && { serviceConnectConfiguration: toServiceConnect(spec, service_connect.namespace, service) }),
    propagateTags: config.task_definition_arn ? 'SERVICE' : 'TASK_DEFINITION',
    enableECSManagedTags: true,
    enableExecuteCommand: false,
  };
}

/** The specification's own network settings go before those of the provider. */
function toNetworkConfiguration({ networking = {} }: TenantComputeSpec, config: EcsConfig): NetworkConfiguration {
  const isPublic = networking.public_ip ?? config.assign_public_ip;
  return {
    awsvpcConfiguration: {
      subnets: networking.subnets ?? config.subnets,
      securityGroups: networking.security_groups ?? config.security_groups,
      assignPublicIp: isPublic ? 'ENABLED' : 'DISABLED',
    },
  };
}

/** Every port of every container, in the order of the specification. */
export function portsOf({ containers }: TenantComputeSpec): ContainerPort[] {
  return containers.flatMap(({ name, ports = [] }) =>
    ports.map(({ container_port, protocol }) => ({ container: name, port: container_port, protocol })),
  );
}

/** The port that a load balancer sends to: the one that is named, or the first there is. */
export function targetPort(
  spec: TenantComputeSpec,
  { container_name, container_port }: { container_name?: string | undefined; container_port?: number | undefined },
): ContainerPort | undefined {
  return portsOf(spec).find(
    ({ container, port, protocol }) =>
      protocol === 'tcp' &&
      (container_name === undefined || container === container_name) &&
      (container_port === undefined || port === container_port),
  );
}

function toTarget(spec: TenantComputeSpec, asked: Parameters<typeof targetPort>[1]) {
  const target = targetPort(spec, asked);
  return {
    containerName: asked.container_name ?? target?.container,
    containerPort: asked.container_port ?? target?.port,
  };
}

function toServiceConnect(spec: TenantComputeSpec, namespace: string, service: string) {
  const services = portsOf(spec)
    .filter(({ protocol }) => protocol === 'tcp')
    .map(({ container, port }) => ({
      portName: portName(container, port),
      discoveryName: discoveryName(service, portName(container, port)),
      clientAliases: [{ port }],
    }));
  return { enabled: true, namespace, ...(services.length > 0 && { services }) };
}
