import type * as sdk from '@aws-sdk/client-ecs';
import { type DeploymentRecord, date, type EcsState, nextId, type ServiceRecord } from './ecs-state.ts';

const MINUTE = 60_000;
/** How long a stage may take: GUIDE `blue-green-deployment-how-it-works.html`. */
const STAGE_LIMIT = 24 * 60 * MINUTE;
const PAUSE_MINUTES = 1440;

/** The enumeration of the SDK lacks stages that its own description of `lifecycleStage` names. */
type Stage = sdk.ServiceDeploymentLifecycleStage | sdk.DeploymentLifecycleHookStage;

/** How far a deployment with another strategy than ROLLING is: two revisions run, and requests shift to the new one. */
export interface Shift {
  configuration: sdk.DeploymentConfiguration;
  stage: Stage;
  /** Since when it is in this stage. */
  since: number;
  /** Percent of the requests that the new revision gets. */
  weight: number;
  hooks: sdk.DeploymentLifecycleHookDetail[];
  /** An alarm rang before the deployment began, so ECS ignores alarms. */
  ignoresAlarms: boolean;
  /** ARN of the target group that its tasks are in. */
  group: string | undefined;
}

/** Returns the shift that a new deployment of a service begins with. Undefined for a rolling one. */
export function beginShift(state: EcsState, { service, deployments }: ServiceRecord): Shift | undefined {
  const { deploymentConfiguration: configuration = {} } = service;
  const { strategy = 'ROLLING', alarms } = configuration;
  if (strategy === 'ROLLING') return undefined;
  return {
    configuration,
    stage: 'SCALE_UP',
    since: state.at,
    weight: 0,
    hooks: [],
    ignoresAlarms: alarms?.alarmNames?.some((name) => state.alarms.has(name)) ?? false,
    group: otherGroup(service, deployments),
  };
}

/** The tasks of a new revision are in the target group that the serving one is not in. */
function otherGroup(service: ServiceRecord['service'], deployments: readonly DeploymentRecord[]): string | undefined {
  const [{ targetGroupArn, advancedConfiguration } = {}] = service.loadBalancers ?? [];
  const serving = deployments.find(({ deployment }) => deployment.rolloutState === 'COMPLETED');
  const isAlternate = serving !== undefined && (serving.shift?.group ?? targetGroupArn) === targetGroupArn;
  return isAlternate ? advancedConfiguration?.alternateTargetGroupArn : targetGroupArn;
}

/** Returns true while old tasks stay, whatever the new revision does. */
export function keepsOld({ shift }: DeploymentRecord): boolean {
  return shift !== undefined && shift.stage !== 'CLEAN_UP';
}

/** Takes all stages that are due. Returns why the deployment has to be rolled back, if it has to. */
export function advanceShift(state: EcsState, record: ServiceRecord, isScaled: boolean): string | undefined {
  const [primary] = record.deployments;
  if (!primary?.shift || primary.deployment.rolloutState !== 'IN_PROGRESS') return undefined;
  const { shift } = primary;
  for (;;) {
    const failure = failureOf(state, shift);
    if (failure) return failure;
    const step = stages[shift.stage]?.(shift, isScaled);
    if (!step) return undefined;
    if (typeof step === 'number') {
      if (step > state.at) state.agenda.push({ at: step, service: record, wakes: true });
      if (step > state.at) return undefined;
      if (shift.stage === 'SCALE_UP') return 'Lifecycle stage timed out';
    }
    enter(state, record, shift, typeof step === 'number' ? after(shift) : step);
  }
}

/** For each stage: the one that follows now, or when the deployment goes on by itself, or undefined where it waits. */
const stages: Partial<Record<Stage, (shift: Shift, isScaled: boolean) => Stage | number | undefined>> = {
  SCALE_UP: ({ since }, isScaled) => (isScaled ? 'POST_SCALE_UP' : since + STAGE_LIMIT),
  POST_SCALE_UP: (shift) => awaited(shift) ?? 'PRE_PRODUCTION_TRAFFIC_SHIFT',
  PRE_PRODUCTION_TRAFFIC_SHIFT: (shift) => awaited(shift) ?? 'PRODUCTION_TRAFFIC_SHIFT',
  PRODUCTION_TRAFFIC_SHIFT: (shift) => (shift.weight < 100 ? shift.since + stepBake(shift) : after(shift)),
  POST_PRODUCTION_TRAFFIC_SHIFT: (shift) => awaited(shift) ?? 'BAKE_TIME',
  BAKE_TIME: ({ since, configuration }) => since + (configuration.bakeTimeInMinutes ?? 0) * MINUTE,
};

function after({ stage, weight }: Shift): Stage {
  if (stage === 'BAKE_TIME') return 'CLEAN_UP';
  return weight < 100 ? 'PRE_PRODUCTION_TRAFFIC_SHIFT' : 'POST_PRODUCTION_TRAFFIC_SHIFT';
}

/** Returns when the hook that waits for an action expires. */
function awaited({ hooks }: Shift): number | undefined {
  return hooks.find(({ status }) => status === 'AWAITING_ACTION')?.expiresAt?.getTime();
}

function failureOf(state: EcsState, shift: Shift): string | undefined {
  const { alarms } = shift.configuration;
  const isRinging = alarms?.enable && alarms.alarmNames?.some((name) => state.alarms.has(name));
  if (isRinging && alarms.rollback && !shift.ignoresAlarms) return 'CloudWatch alarm is in ALARM state';
  for (const hook of shift.hooks) {
    if (hook.status !== 'AWAITING_ACTION' || (hook.expiresAt?.getTime() ?? 0) > state.at) continue;
    hook.status = 'TIMED_OUT';
    if (hook.timeoutAction === 'ROLLBACK') return 'Lifecycle hook timed out';
  }
  return undefined;
}

function enter(state: EcsState, record: ServiceRecord, shift: Shift, stage: Stage): void {
  Object.assign(shift, { stage, since: state.at });
  const { lifecycleHooks = [] } = shift.configuration;
  for (const { targetType, lifecycleStages = [], timeoutConfiguration } of lifecycleHooks) {
    if (targetType !== 'PAUSE' || !lifecycleStages.some((one) => one === stage)) continue;
    const { timeoutInMinutes = PAUSE_MINUTES, action = 'ROLLBACK' } = timeoutConfiguration ?? {};
    shift.hooks.push({
      hookId: `ecs-pause-${nextId(state, 43)}`,
      targetType,
      status: 'AWAITING_ACTION',
      expiresAt: date(state.at + timeoutInMinutes * MINUTE),
      timeoutAction: action,
    });
  }
  if (stage !== 'PRODUCTION_TRAFFIC_SHIFT') return;
  shift.weight = nextWeight(shift, record.deployments.length === 1);
  sendRequests(state, record, shift.group, shift.weight);
}

function nextWeight({ configuration, weight }: Shift, isFirst: boolean): number {
  const { strategy, canaryConfiguration, linearConfiguration } = configuration;
  if (isFirst) return 100;
  if (strategy === 'CANARY') return weight === 0 ? (canaryConfiguration?.canaryPercent ?? 5) : 100;
  if (strategy === 'LINEAR') return Math.min(weight + (linearConfiguration?.stepPercent ?? 10), 100);
  return 100;
}

function stepBake({ configuration: { strategy, canaryConfiguration, linearConfiguration } }: Shift): number {
  if (strategy === 'CANARY') return (canaryConfiguration?.canaryBakeTimeInMinutes ?? 10) * MINUTE;
  return (linearConfiguration?.stepBakeTimeInMinutes ?? 6) * MINUTE;
}

/** Sets the weights of the production rule of a service, so that a target group gets a share of the requests. */
export function sendRequests(
  state: EcsState,
  { service }: ServiceRecord,
  group: string | undefined,
  percent: number,
): void {
  const [{ targetGroupArn, advancedConfiguration } = {}] = service.loadBalancers ?? [];
  const rule = state.balancing.rules.get(advancedConfiguration?.productionListenerRule ?? '')?.rule;
  if (!rule || group === undefined) return;
  const TargetGroups = [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].map((TargetGroupArn) => {
    return { TargetGroupArn, Weight: TargetGroupArn === group ? percent : 100 - percent };
  });
  rule.Actions = [{ Type: 'forward', ForwardConfig: { TargetGroups } }];
}
