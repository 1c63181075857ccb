import type { BackendEventPattern } from '../../compute/descriptor/descriptor.ts';
import type { RegisteredSettings } from '../../compute/permissions.ts';
import type { BackendEvent } from '../../compute/provider.ts';
import { DNS_LABEL } from '../../compute/spec/names.ts';
import type { EcsConfig } from './config.ts';
import { defaultPrefix, parseClusterArn } from './names.ts';

/**
 * Matches ended rollouts of the services of one provider. A cluster in another account sends its events there, so those
 * tenants depend on the sweep.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
 */
export function rolloutEvents({ name, defaults }: RegisteredSettings): BackendEventPattern | undefined {
  const { cluster_arn, assume_role, service_name_prefix } = defaults as Partial<EcsConfig>;
  const address = parseClusterArn(cluster_arn ?? '');
  if (!address || assume_role) return undefined;
  const { partition, region, account, name: cluster } = address;
  const prefix = service_name_prefix ?? defaultPrefix(name);
  return {
    source: ['aws.ecs'],
    'detail-type': ['ECS Deployment State Change'],
    resources: [{ prefix: `arn:${partition}:ecs:${region}:${account}:service/${cluster}/${prefix}` }],
    detail: { eventName: ['SERVICE_DEPLOYMENT_COMPLETED', 'SERVICE_DEPLOYMENT_FAILED'] },
  };
}

/**
 * Returns the tenant that an EventBridge event of ECS concerns, derived from the name of its service. Events of deployments
 * and services list the service among their resources; events of tasks name it as the task's group.
 * Returns undefined for events of other services and clusters.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
 */
export function tenantOfEvent(
  { source, resources, detail }: BackendEvent,
  clusterArn: string,
  prefix: string,
): string | undefined {
  if (source !== 'aws.ecs') return undefined;
  const service = serviceAmong(resources, clusterArn) ?? serviceOfTask(detail, clusterArn);
  if (!service?.startsWith(prefix)) return undefined;
  const tenantId = service.slice(prefix.length);
  return DNS_LABEL.test(tenantId) ? tenantId : undefined;
}

function serviceAmong(resources: readonly string[], clusterArn: string): string | undefined {
  const { partition, region, account, name } = parseClusterArn(clusterArn) ?? {};
  const start = `arn:${partition}:ecs:${region}:${account}:service/${name}/`;
  return resources.find((arn) => arn.startsWith(start))?.slice(start.length);
}

function serviceOfTask({ clusterArn: cluster, group }: BackendEvent['detail'], clusterArn: string): string | undefined {
  if (cluster !== clusterArn || typeof group !== 'string') return undefined;
  return /^service:(.+)$/.exec(group)?.[1];
}
