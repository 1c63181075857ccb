import type { BackendEvent } from '../../compute/provider.ts';
import { DNS_LABEL } from '../../compute/spec/names.ts';
import { parseClusterArn } from './names.ts';

/**
 * The tenant that an event of ECS is about, by the name of its service. Deployments and actions of a service name it among
 * their resources; tasks say it as their group.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
 */
export function tenantOfEvent(
  { source, resources, detail }: BackendEvent,
  clusterArn: string,
  prefix: string,
): string | undefined {
  if (source !== 'aws.ecs') return undefined;
  const service = serviceIn(resources, clusterArn) ?? serviceOfTask(detail, clusterArn);
  if (!service?.startsWith(prefix)) return undefined;
  const tenantId = service.slice(prefix.length);
  return DNS_LABEL.test(tenantId) ? tenantId : undefined;
}

function serviceIn(resources: readonly string[], clusterArn: string): string | undefined {
  const { partition, region, account, name } = parseClusterArn(clusterArn) ?? {};
  const begin = `arn:${partition}:ecs:${region}:${account}:service/${name}/`;
  return resources.find((arn) => arn.startsWith(begin))?.slice(begin.length);
}

function serviceOfTask({ clusterArn: cluster, group }: BackendEvent['detail'], clusterArn: string): string | undefined {
  if (cluster !== clusterArn || typeof group !== 'string') return undefined;
  return /^service:(.+)$/.exec(group)?.[1];
}
