import type { CreateServiceCommandInput, NetworkConfiguration, UpdateServiceCommandInput } from '@aws-sdk/client-ecs';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { toConnector } from '../address/connector.ts';
import { type ContainerPort, portsOf, type TargetSettings, targetPort } from '../address/target-port.ts';
import type { EcsConfig } from '../config.ts';
import { toDeployment } from '../deployment/strategy.ts';
import { isFargate } from '../fargate.ts';
import { discoveryName, portName } from '../names.ts';
import { writesVolumes } from '../volumes/volume-rules.ts';

/** The settings of a service besides its task definition and its tags. Create and update calls take the same. */
export type ServiceSettings = Omit<
  CreateServiceCommandInput & UpdateServiceCommandInput,
  'cluster' | 'service' | 'serviceName' | 'taskDefinition'
>;

/**
 * Maps a specification to the settings of its service. ECS starts a new version beside the old one. If the new one does not
 * start, ECS rolls back by itself (the deployment circuit breaker), even while Berth is not running.
 */
export function toServiceSettings(spec: TenantComputeSpec, config: EcsConfig, service: string): ServiceSettings {
  const { capacity_providers, platform_version, load_balancer, service_connect, service_registry } = config;
  const writes = writesVolumes(spec);
  const connector = toConnector(spec, config);
  return {
    desiredCount: initialCount(config.desired_count, config.autoscaling),
    networkConfiguration: toNetworkConfiguration(spec, config),
    ...(capacity_providers && {
      capacityProviderStrategy: capacity_providers.map(({ name, ...rest }) => ({ capacityProvider: name, ...rest })),
    }),
    ...(platform_version && isFargate(config) && { platformVersion: platform_version }),
    deploymentConfiguration: toDeployment(config, writes),
    ...(writes && { availabilityZoneRebalancing: 'DISABLED' }), // It would start a task beside the one that writes.
    ...(load_balancer && {
      // A target group that Berth makes is known only once it is there: `ensureHost`.
      loadBalancers: [{ targetGroupArn: load_balancer.target_group_arn ?? '', ...toTarget(spec, load_balancer) }],
      healthCheckGracePeriodSeconds: load_balancer.health_check_grace_seconds,
    }),
    ...(connector && { gatewayConnectors: [connector] }),
    ...(service_registry && {
      serviceRegistries: [
        {
          registryArn: service_registry.registry_arn,
          ...(service_registry.container_port && toTarget(spec, service_registry)),
        },
      ],
    }),
    ...(service_connect && {
      serviceConnectConfiguration: toServiceConnect(portsToOffer(spec, config), service_connect.namespace, service),
    }),
    propagateTags: config.task_definition_arn ? 'SERVICE' : 'TASK_DEFINITION',
    enableECSManagedTags: true,
    enableExecuteCommand: false,
  };
}

/** Returns the number of tasks that a service begins with: within the range in which it is scaled. */
export function initialCount(count: number, range: { min: number; max: number } | undefined): number {
  return range ? Math.min(Math.max(count, range.min), range.max) : count;
}

/** `networking` of the specification takes precedence over the provider's settings. */
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

function toTarget(spec: TenantComputeSpec, settings: TargetSettings) {
  const target = targetPort(spec, settings);
  return {
    containerName: settings.container_name ?? target?.container,
    containerPort: settings.container_port ?? target?.port,
  };
}

/** The ports of a given task definition have other names, or none. */
function portsToOffer(spec: TenantComputeSpec, { task_definition_arn }: EcsConfig): ContainerPort[] {
  return task_definition_arn ? [] : portsOf(spec);
}

function toServiceConnect(ports: readonly ContainerPort[], namespace: string, service: string) {
  const services = ports
    .filter(({ protocol }) => protocol === 'tcp')
    .map(({ container, port }) => ({
      portName: portName(container, port),
      discoveryName: discoveryName(service, portName(container, port)),
      clientAliases: [{ port }],
    }));
  return { enabled: true, namespace, ...(services.length > 0 && { services }) };
}
