import { INCARNATION_LABEL } from '../../../compute/labels.ts';
import type { ComputeStatus } from '../../../compute/results.ts';
import type { ProviderContext } from '../provider-context.ts';
import { describeRollouts } from './observe.ts';
import { listTasks, type TenantService } from './service.ts';
import { inertStatus } from './status.ts';

/** Builds the status of a service that was stopped: `stopping` until its last task has stopped. */
export async function readStoppedStatus(
  context: ProviderContext,
  tenantId: string,
  found: TenantService,
): Promise<ComputeStatus> {
  const [[primary], running, ending] = await Promise.all([
    describeRollouts(context, found),
    listTasks(context, found, 'RUNNING'),
    listTasks(context, found, 'STOPPED'),
  ]);
  const left = [...running, ...ending].filter(({ lastStatus }) => lastStatus !== 'STOPPED').length;
  const state = left > 0 ? 'stopping' : 'stopped';
  const { service, tags } = found;
  const { [INCARNATION_LABEL]: incarnation } = tags;
  return {
    ...inertStatus(context, tenantId, state),
    containers: (primary?.revision?.containers ?? []).map(({ name = '' }) => {
      return { name, state, ready: false, restart_count: 0, message: '' };
    }),
    metadata: {
      service: service.serviceArn ?? '',
      stopped: 'true',
      ...(left > 0 && { tasks_left: String(left) }),
      ...(incarnation !== undefined && { incarnation }),
    },
  };
}
