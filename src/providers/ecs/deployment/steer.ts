import { TenantNotFoundError } from '../../../compute/errors.ts';
import { nameOf } from '../api/aws-error.ts';
import type { ProviderContext } from '../provider-context.ts';
import { newestRollout } from '../status/observe.ts';
import { findService } from '../status/service.ts';
import { readShift, type ShiftState } from './shift-state.ts';

/** Lets the deployment of a tenant go on past a gate. Does nothing where it no longer waits there. */
export async function approve(context: ProviderContext, name: string, tenantId: string, gate: string): Promise<void> {
  const found = await findService(context, name, tenantId);
  if (!found?.own || found.service.status !== 'ACTIVE') {
    throw new TenantNotFoundError(`${tenantId} on ${context.provider}`);
  }
  const shift = await readShift(context, found.service, await newestRollout(context, found));
  if (shift?.gate?.id !== gate) return;
  await answer(context, shift, 'CONTINUE');
}

/**
 * Gives a deployment up: ECS turns the requests back to the version that serves. A deployment that waits for approval is
 * answered; ECS stops any other. Does nothing where it has ended meanwhile.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
 */
export async function giveUp(context: ProviderContext, shift: ShiftState): Promise<void> {
  if (shift.gate) return answer(context, shift, 'ROLLBACK');
  try {
    await context.send('StopServiceDeployment', { serviceDeploymentArn: shift.arn, stopType: 'ROLLBACK' });
  } catch (error) {
    if (!['ConflictException', 'ServiceDeploymentNotFoundException'].includes(nameOf(error))) throw error;
  }
}

/** Tells ECS what to do at a gate. Where another caller was faster, or the gate expired, since the look, that counts. */
async function answer(context: ProviderContext, shift: ShiftState, action: 'CONTINUE' | 'ROLLBACK'): Promise<void> {
  const input = { serviceDeploymentArn: shift.arn, hookId: shift.gate?.id ?? '', action };
  try {
    await context.send('ContinueServiceDeployment', input);
  } catch (error) {
    const isAnswered = ['InvalidParameterException', 'ClientException', 'ServiceDeploymentNotFoundException'];
    if (!isAnswered.includes(nameOf(error))) throw error;
    const { serviceDeployments = [] } = await context.send('DescribeServiceDeployments', {
      serviceDeploymentArns: [shift.arn],
    });
    const hooks = serviceDeployments[0]?.lifecycleHookDetails ?? [];
    if (hooks.some(({ hookId, status }) => hookId === input.hookId && status === 'AWAITING_ACTION')) throw error;
  }
}
