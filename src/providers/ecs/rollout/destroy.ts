import type { Service } from '@aws-sdk/client-ecs';
import { nameOf } from '../api/aws-error.ts';
import type { ProviderContext } from '../provider-context.ts';
import { findService } from '../status/observe.ts';
import { removeFamily } from './task-definitions.ts';

/** A provision at the same time may bring back what was just removed. */
const ROUNDS = 3;
/** Milliseconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1000;

/**
 * Removes a tenant's service and its task definitions. Once ECS has been told, nothing can bring the tasks back and ECS
 * ends them by itself: so it waits for them only a little. What is somebody else's is left alone.
 */
export async function destroy(session: ProviderContext, name: string, tenantId: string): Promise<void> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const found = await findService(session, name, tenantId);
    if (found && !found.own) {
      session.logger.warn('service of that name is not ours', { provider: session.provider, tenant_id: tenantId });
    }
    if (found?.own && found.service.status === 'ACTIVE') await removeService(session, found.service);
    await removeFamily(session, name);
    if (await isGone(session, name, tenantId)) return;
  }
}

/** With `force`, the tasks need not be ended before. */
async function removeService(session: ProviderContext, { serviceName }: Service): Promise<void> {
  try {
    await session.send('DeleteService', { cluster: session.config.cluster_arn, service: serviceName, force: true });
  } catch (error) {
    // Somebody else was faster.
    if (!['ServiceNotFoundException', 'ServiceNotActiveException'].includes(nameOf(error))) throw error;
  }
}

/** Waits for the last task. Answers whether the tenant is gone, or at least on its way out. */
async function isGone(session: ProviderContext, name: string, tenantId: string): Promise<boolean> {
  let left = session.config.destroy_wait_seconds * 1000;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const found = await findService(session, name, tenantId);
    if (!found?.own) return true;
    if (found.service.status === 'ACTIVE') return false;
    if (left < pause) return true;
    left -= pause;
    await session.sleep(pause);
  }
}
