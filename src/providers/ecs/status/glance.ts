import type { Service } from '@aws-sdk/client-ecs';
import type { Glance } from '../../../compute/provider.ts';
import { resourceName } from '../names.ts';
import type { ProviderContext } from '../provider-context.ts';
import { fromTags, isTenantService } from '../tags.ts';
import { timeOf } from './observe.ts';
import { isSettled } from './service.ts';

/** How many services one call of DescribeServices takes. */
export const GLANCE_LIMIT = 10;

const WINDOW_MS = 10 * 60_000;
/** Tasks that ended by themselves within the window before that is a crash loop. */
const LOOP_TASKS = 3;

/**
 * Looks at tenants with one call for all of them. A description of services has no health of tasks; but ECS replaces an
 * unhealthy task, and until its replacement is up, fewer tasks run than are desired.
 */
export async function glanceAt(
  context: ProviderContext,
  prefix: string,
  tenantIds: readonly string[],
): Promise<Glance[]> {
  const { send, settings, provider, origin, now } = context;
  const names = new Map(tenantIds.map((tenantId) => [resourceName(prefix, tenantId), tenantId]));
  const input = { cluster: settings.cluster_arn, services: [...names.keys()], include: ['TAGS' as const] };
  const { services = [] } = await send('DescribeServices', input);
  return services.flatMap((service) => {
    const tenant_id = names.get(service.serviceName ?? '');
    if (tenant_id === undefined || service.status === 'INACTIVE') return [];
    const isOwn = isTenantService(fromTags(service.tags), provider, tenant_id, origin.installation);
    return isOwn ? { tenant_id, is_well: isWell(service, now()) } : [];
  });
}

/** Returns true for a service that runs one version with as many tasks as are desired, and is in no crash loop. */
export function isWell(service: Service, now: number): boolean {
  const { status, deployments = [], desiredCount = 0, runningCount = 0, pendingCount = 0 } = service;
  const isAlone = status === 'ACTIVE' && deployments.length === 1 && isSettled(deployments[0]);
  const isComplete = desiredCount > 0 && runningCount >= desiredCount && pendingCount === 0;
  return isAlone && isComplete && !isCrashLooping(service, now);
}

/**
 * Returns true where tasks end by themselves again and again. ECS counts no restarts. It reports each task that it starts,
 * and each that it stops to scale in, to deploy or because of its health. Of the tasks that it started within ten minutes
 * and did not stop, no more than are desired can be left: all others ended by themselves.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
 */
export function isCrashLooping({ events = [], desiredCount = 0 }: Service, now: number): boolean {
  let started = 0;
  let stopped = 0;
  for (const { createdAt, message = '' } of events) {
    if (timeOf(createdAt) < now - WINDOW_MS) continue;
    started += Number(/\bhas started ([0-9]+) tasks?\b/.exec(message)?.[1] ?? 0);
    stopped += Number(/\bhas stopped ([0-9]+) running tasks?\b/.exec(message)?.[1] ?? 0);
  }
  return started - stopped - desiredCount >= LOOP_TASKS;
}
