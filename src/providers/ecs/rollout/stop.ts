import { TenantNotFoundError } from '../../../compute/errors.ts';
import { INCARNATION_LABEL, isOtherIncarnation } from '../../../compute/labels.ts';
import { nameOf } from '../api/aws-error.ts';
import { readShift } from '../deployment/shift-state.ts';
import { giveUp } from '../deployment/steer.ts';
import { isShiftingService } from '../deployment/strategy.ts';
import type { ProviderContext } from '../provider-context.ts';
import { newestRollout } from '../status/observe.ts';
import { stoppedMark, stoppedRun } from '../status/run-state.ts';
import { findService } from '../status/service.ts';
import { REQUESTED_TAG, readRecord, toTags, withMark } from '../tags.ts';
import { removeScaling } from './scaling.ts';

/**
 * Sets the number of tasks of a tenant's service to 0, and keeps the number before it in the tag of the service. ECS stops
 * the tasks by itself. The service stays, and with it its name, its settings and its load balancer or namespace.
 */
export async function stop(context: ProviderContext, name: string, tenantId: string): Promise<void> {
  const { send, settings, origin } = context;
  const found = await findService(context, name, tenantId);
  if (!found?.own || found.service.status !== 'ACTIVE') throw notFound(context, tenantId);
  const { service, tags } = found;
  if (isOtherIncarnation(tags[INCARNATION_LABEL], origin.incarnation)) return; // the call is late
  if (stoppedRun(service, tags)) return;
  // Else it would start tasks again. A start sets it up anew.
  if (readRecord(tags)?.fields.has('autoscaling')) await removeScaling(context, service);
  const value = withMark(tags[REQUESTED_TAG], stoppedMark(service.desiredCount || undefined));
  await send('TagResource', { resourceArn: service.serviceArn, tags: toTags({ [REQUESTED_TAG]: value }) });
  if (service.desiredCount === 0) return;
  if (isShiftingService(service.deploymentConfiguration)) {
    const shift = await readShift(context, service, await newestRollout(context, found));
    if (shift?.isRunning) await giveUp(context, shift); // Else it would go on, and shift requests to no tasks.
  }
  try {
    await send('UpdateService', { cluster: settings.cluster_arn, service: service.serviceName, desiredCount: 0 });
  } catch (error) {
    if (!['ServiceNotFoundException', 'ServiceNotActiveException'].includes(nameOf(error))) throw error;
    throw notFound(context, tenantId); // destroyed meanwhile
  }
}

function notFound({ provider }: ProviderContext, tenantId: string): TenantNotFoundError {
  return new TenantNotFoundError(`${tenantId} on ${provider}`);
}
