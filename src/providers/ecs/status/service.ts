import type { Deployment, Service, Task } from '@aws-sdk/client-ecs';
import { nameOf } from '../api/aws-error.ts';
import type { ProviderContext } from '../provider-context.ts';
import { fromTags, isTenantService, type TagMap } from '../tags.ts';

/** A service with the name of a tenant's. */
export interface TenantService {
  service: Service;
  tags: TagMap;
  /** True if it carries Berth's tags for this provider and this tenant. */
  own: boolean;
}

/** Finds the service of a name. Returns undefined if there is none, or if it is INACTIVE. */
export async function findService(
  context: ProviderContext,
  name: string,
  tenantId: string,
): Promise<TenantService | undefined> {
  const service = await describeService(context, name);
  if (!service || service.status === 'INACTIVE') return undefined;
  const tags = fromTags(service.tags);
  return { service, tags, own: isTenantService(tags, context.provider, tenantId, context.origin.installation) };
}

/** Describes the service of a name, including one that ECS deleted a short time ago (INACTIVE). */
export async function describeService({ send, settings }: ProviderContext, name: string): Promise<Service | undefined> {
  const { services = [] } = await send('DescribeServices', {
    cluster: settings.cluster_arn,
    services: [name],
    include: ['TAGS'],
  });
  return services[0];
}

/** Returns true for the only deployment of a service, if it has ended. ECS shows no state where requests shift. */
export function isSettled(deployment: Deployment | undefined): boolean {
  return (
    deployment?.rolloutState === 'COMPLETED' || (deployment !== undefined && deployment.rolloutState === undefined)
  );
}

/** Returns the tasks of a service that should run, or those that stopped. ECS forgets stopped tasks after about an hour. */
export async function listTasks(
  { send, settings }: ProviderContext,
  { service: { serviceName } }: TenantService,
  desiredStatus: 'RUNNING' | 'STOPPED',
): Promise<Task[]> {
  const cluster = settings.cluster_arn;
  try {
    const { taskArns = [] } = await send('ListTasks', { cluster, serviceName, desiredStatus });
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await send('DescribeTasks', { cluster, tasks: taskArns });
    return tasks;
  } catch (error) {
    if (nameOf(error) === 'ServiceNotFoundException') return []; // deleted since it was described
    throw error;
  }
}
