import type * as sdk from '@aws-sdk/client-ecs';
import { EcsError, invalidParameter } from './ecs-error.ts';
import type { DeploymentRecord, EcsState, ServiceRecord } from './ecs-state.ts';
import { abandon, reconcile } from './rollout.ts';

const STOPPABLE = ['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'];

/** Service deployments: how far they are, and how callers steer them. */
export const deploymentOperations = {
  DescribeServiceDeployments(state: EcsState, { serviceDeploymentArns = [] }: sdk.DescribeServiceDeploymentsRequest) {
    if (serviceDeploymentArns.length === 0 || serviceDeploymentArns.length > 20) {
      throw invalidParameter('You can specify a maximum of 20 ARNs.');
    }
    const found = serviceDeploymentArns.map((name) => ({ name, entry: entryOf(state, name) }));
    return {
      serviceDeployments: found.flatMap(({ entry }) => (entry ? [describe(entry)] : [])),
      failures: found.flatMap(({ name, entry }) => (entry ? [] : [{ arn: name, reason: 'MISSING' }])),
    };
  },

  ContinueServiceDeployment(state: EcsState, input: sdk.ContinueServiceDeploymentRequest) {
    const { serviceDeploymentArn = '', hookId, action = 'CONTINUE' } = input;
    const { record, history } = required(state, serviceDeploymentArn);
    const hook = history.shift?.hooks.find((one) => one.hookId === hookId);
    if (history.brief.status !== 'IN_PROGRESS' || hook?.status !== 'AWAITING_ACTION') {
      throw invalidParameter(`The lifecycle hook ${hookId} is not awaiting an action.`);
    }
    if (!['CONTINUE', 'ROLLBACK'].includes(action)) throw invalidParameter('Invalid action.');
    hook.status = action === 'CONTINUE' ? 'SUCCEEDED' : 'FAILED';
    if (action === 'ROLLBACK') abandon(state, record, 'Rollback requested for a lifecycle hook');
    reconcile(state, record);
    return { serviceDeploymentArn };
  },

  StopServiceDeployment(state: EcsState, { serviceDeploymentArn = '', stopType }: sdk.StopServiceDeploymentRequest) {
    const { record, history } = required(state, serviceDeploymentArn);
    if (stopType !== 'ROLLBACK') throw invalidParameter('Invalid stopType.');
    const { status = '' } = history.brief;
    if (!STOPPABLE.includes(status)) {
      throw new EcsError('ConflictException', 'The service deployment is not in a state that can be stopped.');
    }
    if (status === 'IN_PROGRESS') abandon(state, record, 'Service deployment rolled back because of user request');
    reconcile(state, record);
    return { serviceDeploymentArn };
  },
};

interface Entry {
  record: ServiceRecord;
  history: { brief: sdk.ServiceDeploymentBrief; shift: DeploymentRecord['shift'] };
}

function entryOf({ services }: EcsState, arn: string): Entry | undefined {
  for (const record of services.values()) {
    const brief = record.history.find(({ serviceDeploymentArn }) => serviceDeploymentArn === arn);
    if (brief) return { record, history: { brief, shift: record.shifts.get(arn) } };
  }
  return undefined;
}

function required(state: EcsState, arn: string): Entry {
  const found = entryOf(state, arn);
  if (found) return found;
  throw new EcsError('ServiceDeploymentNotFoundException', 'The service deployment was not found.');
}

function describe({ history: { brief, shift } }: Entry): sdk.ServiceDeployment {
  const { targetServiceRevisionArn: arn, ...rest } = brief;
  return {
    ...rest,
    targetServiceRevision: { arn, ...(shift && { requestedProductionTrafficWeight: shift.weight }) },
    ...(shift && {
      lifecycleStage: shift.stage as sdk.ServiceDeploymentLifecycleStage,
      lifecycleHookDetails: shift.hooks,
      deploymentConfiguration: shift.configuration,
    }),
  };
}
