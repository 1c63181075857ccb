import type { Service } from '@aws-sdk/client-ecs';
import { INCARNATION_LABEL, isOtherIncarnation } from '../../../compute/labels.ts';
import type { DestroyResult } from '../../../compute/results.ts';
import { mayHaveHost, removeHosts } from '../address/host-address.ts';
import { nameOf } from '../api/aws-error.ts';
import type { ProviderContext } from '../provider-context.ts';
import { describeService, findService } from '../status/service.ts';
import { readRecord } from '../tags.ts';
import { markRetained, removeVolumes } from '../volumes/tenant-volumes.ts';
import { removeScaling } from './scaling.ts';
import { removeFamily } from './task-definitions.ts';

/** A concurrent provision can recreate what was just removed. */
const ROUNDS = 3;
/** Milliseconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1000;

/**
 * Removes a tenant's service and its task definitions. Once ECS accepted the deletion, it stops the tasks by itself and
 * nothing brings them back, so this waits for at most `destroy_wait_seconds`. A service that is not Berth's is left alone,
 * and so is that of another life of the tenant. Volumes go after the last task, except retained ones and those in `retain`.
 */
export async function destroy(
  context: ProviderContext,
  name: string,
  tenantId: string,
  retain: readonly string[],
): Promise<DestroyResult> {
  const { provider, logger } = context;
  const nothing = { deleted_volumes: [], kept_volumes: [] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    const found = await findService(context, name, tenantId);
    if (found && !found.own) {
      logger.warn('service of a tenant lacks its tags', { provider, tenant_id: tenantId });
    }
    if (found?.own && found.service.status === 'ACTIVE') {
      if (isOtherIncarnation(found.tags[INCARNATION_LABEL], context.origin.incarnation)) return nothing; // the call is late
      await markRetained(context, tenantId, { retain, found });
      if (readRecord(found.tags)?.fields.has('autoscaling')) await removeScaling(context, found.service);
      await deleteService(context, found.service);
    }
    await removeFamily(context, name);
    if (await isRemoved(context, name, tenantId)) {
      return (await removeRest(context, name, tenantId, retain)) ?? nothing;
    }
  }
  return nothing;
}

/**
 * Removes the host and the volumes of a service whose last task has stopped. While tasks end their requests, and may still
 * write, the next call does it.
 */
async function removeRest(
  context: ProviderContext,
  name: string,
  tenantId: string,
  retain: readonly string[],
): Promise<DestroyResult | undefined> {
  const service = await describeService(context, name);
  const isEnded = !service || service.status === 'INACTIVE';
  if (!isEnded) return undefined;
  if (mayHaveHost(context, service)) await removeHosts(context, { name, tenantId });
  await markRetained(context, tenantId, { retain, found: undefined });
  return removeVolumes(context, tenantId);
}

/** `force` deletes a service whose tasks still run. */
async function deleteService({ send, settings }: ProviderContext, { serviceName }: Service): Promise<void> {
  try {
    await send('DeleteService', { cluster: settings.cluster_arn, service: serviceName, force: true });
  } catch (error) {
    // Another destroy was faster.
    if (!['ServiceNotFoundException', 'ServiceNotActiveException'].includes(nameOf(error))) throw error;
  }
}

/** Waits for the last task. Returns false if the service is active again. */
async function isRemoved(context: ProviderContext, name: string, tenantId: string): Promise<boolean> {
  let left = context.settings.destroy_wait_seconds * 1000;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const found = await findService(context, name, tenantId);
    if (!found?.own) return true;
    if (found.service.status === 'ACTIVE') return false;
    if (left < pause) return true;
    left -= pause;
    await context.sleep(pause);
  }
}
