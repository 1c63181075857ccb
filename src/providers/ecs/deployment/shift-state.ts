import type {
  DeploymentConfiguration,
  DeploymentLifecycleHookDetail,
  Service,
  ServiceDeploymentBrief,
} from '@aws-sdk/client-ecs';
import type { ProviderContext } from '../provider-context.ts';
import { isShiftingService } from './strategy.ts';

/** A place where a deployment waits for approval. */
export interface Gate {
  id: string;
  since: Date | undefined;
  until: Date | undefined;
}

/** How far a deployment is that shifts requests between two versions. */
export interface ShiftState {
  /** ARN of the service deployment. */
  arn: string;
  /** True until it succeeds, or ECS begins to turn the requests back. */
  isRunning: boolean;
  stage: string;
  /** Percent of the requests that the new version gets, if ECS tells. */
  weight: number | undefined;
  gate: Gate | undefined;
  /** The approval did not come in time. */
  isExpired: boolean;
  configuration: DeploymentConfiguration;
}

/** Stages before the new version runs with all of its tasks. */
const STARTING = ['RECONCILE_SERVICE', 'PRE_SCALE_UP', 'SCALE_UP'];

/**
 * Reads how far the newest deployment of a service is. Returns undefined for a rolling one, and for one that succeeded.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
 */
export async function readShift(
  { send }: Pick<ProviderContext, 'send'>,
  { deploymentConfiguration }: Service,
  newest: ServiceDeploymentBrief | undefined,
): Promise<ShiftState | undefined> {
  const { serviceDeploymentArn: arn, status } = newest ?? {};
  if (!isShiftingService(deploymentConfiguration) || !arn || !status || status === 'SUCCESSFUL') return undefined;
  const { serviceDeployments = [] } = await send('DescribeServiceDeployments', { serviceDeploymentArns: [arn] });
  const [described] = serviceDeployments;
  if (!described) return undefined;
  const { lifecycleStage = '', lifecycleHookDetails = [], targetServiceRevision: target } = described;
  const paused = lifecycleHookDetails.find((hook) => hook.targetType === 'PAUSE' && hook.status === 'AWAITING_ACTION');
  const configuration = described.deploymentConfiguration ?? deploymentConfiguration ?? {};
  return {
    arn,
    isRunning: described.status === 'IN_PROGRESS' || described.status === 'PENDING',
    stage: lifecycleStage,
    weight: target?.requestedProductionTrafficWeight,
    gate: paused?.hookId === undefined ? undefined : gateOf(paused, paused.hookId, configuration),
    isExpired: lifecycleHookDetails.some((hook) => hook.targetType === 'PAUSE' && hook.status === 'TIMED_OUT'),
    configuration,
  };
}

/** ECS tells when a hook expires, and not since when it waits. */
function gateOf(
  { expiresAt }: DeploymentLifecycleHookDetail,
  id: string,
  { lifecycleHooks = [] }: DeploymentConfiguration,
): Gate {
  const { timeoutInMinutes = 1440 } =
    lifecycleHooks.find((hook) => hook.targetType === 'PAUSE')?.timeoutConfiguration ?? {};
  const since = expiresAt && new Date(expiresAt.getTime() - timeoutInMinutes * 60_000);
  return { id, since, until: expiresAt };
}

/** Returns true while the new version starts its tasks, and gets no requests. */
export function isStarting({ stage }: ShiftState): boolean {
  return STARTING.includes(stage);
}

/** Returns the milliseconds that a deployment may wait by plan: in steps, for approval, and until its end. */
export function plannedWait({
  strategy,
  bakeTimeInMinutes = 0,
  canaryConfiguration,
  linearConfiguration,
  lifecycleHooks = [],
}: DeploymentConfiguration): number {
  const steps = {
    CANARY: 2,
    LINEAR: Math.ceil(100 / (linearConfiguration?.stepPercent ?? 10)),
    BLUE_GREEN: 1,
    ROLLING: 0,
  };
  const count = steps[strategy ?? 'ROLLING'];
  const wait =
    strategy === 'CANARY'
      ? (canaryConfiguration?.canaryBakeTimeInMinutes ?? 10)
      : (linearConfiguration?.stepBakeTimeInMinutes ?? 6);
  const pauses = lifecycleHooks.map(({ lifecycleStages = [], timeoutConfiguration }) => {
    const times = lifecycleStages.includes('PRE_PRODUCTION_TRAFFIC_SHIFT') ? count : 1;
    return times * (timeoutConfiguration?.timeoutInMinutes ?? 1440);
  });
  const minutes = bakeTimeInMinutes + Math.max(count - 1, 0) * wait + pauses.reduce((sum, one) => sum + one, 0);
  return minutes * 60_000;
}
