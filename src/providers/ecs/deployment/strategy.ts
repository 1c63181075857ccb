import type { DeploymentConfiguration, DeploymentLifecycleHook, DeploymentStrategy } from '@aws-sdk/client-ecs';
import { equalJson } from '../../../compute/spec/json.ts';
import type { EcsConfig } from '../config.ts';

const MINUTE = 60;

/*
 * Strategies of ECS
 *
 * With ROLLING, ECS replaces tasks one after the other, and new ones get requests as soon as they are healthy. With
 * BLUE_GREEN, CANARY and LINEAR, two complete versions run side by side, and ECS shifts requests by the weights of two
 * target groups of one listener rule: at once, in two steps, or in equal steps. Both versions run until the bake time after
 * the last step is over, so a rollback only turns the weights back.
 *
 * - All four are strategies of the deployment controller `ECS`, the only one that Berth uses.
 *   https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentController.html
 * - CANARY and LINEAR need a load balancer or Service Connect; BLUE_GREEN works without, but shifts nothing then.
 *   https://docs.aws.amazon.com/AmazonECS/latest/developerguide/canary-deployment-implementation.html
 *   https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html
 * - With a load balancer, a service names two target groups, the rule that leads to both, and the role with which ECS
 *   changes the rule. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
 * - A gateway has these resources itself: `GatewayConnectionAlbResources` in the model of the API has the "alternate target
 *   group that the gateway uses during progressive deployments".
 * - The circuit breaker is one of rolling deployments. ECS ends a stage of the others after 24 hours.
 *   https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 *   https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
 */

const STRATEGIES: Readonly<Record<NonNullable<EcsConfig['deployment']>['strategy'], DeploymentStrategy>> = {
  rolling: 'ROLLING',
  blue_green: 'BLUE_GREEN',
  canary: 'CANARY',
  linear: 'LINEAR',
};

/** Returns true where two versions run side by side, and requests shift between them. */
export function isShifting({ deployment }: Pick<EcsConfig, 'deployment'>): boolean {
  return deployment !== undefined && deployment.strategy !== 'rolling';
}

/** Returns the strategy of a service, as ECS shows it. */
export function isShiftingService(configuration: DeploymentConfiguration | undefined): boolean {
  return (configuration?.strategy ?? 'ROLLING') !== 'ROLLING';
}

/**
 * Maps the setting `deployment`. `writes`: the tenant writes to volumes, which two versions must not at once, so the old
 * task goes first.
 */
export function toDeployment({ deployment }: EcsConfig, writes: boolean): DeploymentConfiguration {
  const { strategy = 'rolling', steps, bake_seconds = 0, alarms, approval } = deployment ?? {};
  const percent = steps?.percent;
  const wait = steps && steps.bake_seconds / MINUTE;
  return {
    strategy: STRATEGIES[strategy],
    deploymentCircuitBreaker: { enable: true, rollback: true },
    minimumHealthyPercent: writes ? 0 : 100,
    maximumPercent: writes ? 100 : 200,
    ...(alarms && { alarms: { alarmNames: alarms, enable: true, rollback: true } }),
    ...(strategy !== 'rolling' && { bakeTimeInMinutes: bake_seconds / MINUTE }),
    ...(strategy === 'canary' &&
      steps && { canaryConfiguration: { canaryPercent: percent, canaryBakeTimeInMinutes: wait } }),
    ...(strategy === 'linear' &&
      steps && { linearConfiguration: { stepPercent: percent, stepBakeTimeInMinutes: wait } }),
    ...(approval && { lifecycleHooks: [toPause(approval)] }),
  };
}

/**
 * Maps the setting `approval` to a hook: after the new version has started and before it gets requests, or before each
 * step. Without an answer in time, ECS rolls back.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
 */
function toPause({
  timeout_seconds,
  each_step,
}: NonNullable<NonNullable<EcsConfig['deployment']>['approval']>): DeploymentLifecycleHook {
  return {
    targetType: 'PAUSE',
    lifecycleStages: [each_step ? 'PRE_PRODUCTION_TRAFFIC_SHIFT' : 'POST_SCALE_UP'],
    timeoutConfiguration: { timeoutInMinutes: timeout_seconds / MINUTE, action: 'ROLLBACK' },
  };
}

/**
 * Returns the configuration of a deployment that waits for approval, or of one that does not. ECS may keep hooks that a call
 * leaves out, so where there are none and the service has some, the list is there, and empty.
 */
export function withApproval(
  wanted: DeploymentConfiguration | undefined,
  { actual, isAsked }: { actual?: DeploymentConfiguration | undefined; isAsked: boolean },
): DeploymentConfiguration {
  const { lifecycleHooks = [], ...rest } = wanted ?? {};
  const hooks = isAsked ? lifecycleHooks : [];
  const isSet = hooks.length > 0 || (actual?.lifecycleHooks ?? []).length > 0;
  return { ...rest, ...(isSet && { lifecycleHooks: hooks }) };
}

/**
 * Returns the configuration of deployments that a service has to get, or undefined where it has it. Hooks are left out: the
 * update that begins a deployment says whether that one waits for approval.
 */
export function deploymentChange(
  wanted: DeploymentConfiguration | undefined,
  actual: DeploymentConfiguration | undefined,
): DeploymentConfiguration | undefined {
  if (!actual || equalJson(shownOf(wanted), shownOf(actual))) return undefined;
  const isAlarmed = actual.alarms?.enable && !wanted?.alarms;
  return {
    ...wanted,
    ...(isAlarmed && { alarms: { alarmNames: [], enable: false, rollback: false } }),
  };
}

/** Returns what tells two configurations apart. Values that ECS fills in count as those that are left out. */
function shownOf({
  strategy = 'ROLLING',
  deploymentCircuitBreaker: breaker,
  minimumHealthyPercent,
  maximumPercent,
  alarms,
  bakeTimeInMinutes: bake,
  canaryConfiguration: canary,
  linearConfiguration: linear,
}: DeploymentConfiguration = {}) {
  const isRolling = strategy === 'ROLLING';
  return {
    strategy,
    breaker: { enable: breaker?.enable, rollback: breaker?.rollback },
    minimumHealthyPercent,
    maximumPercent,
    alarms: alarms?.enable ? [...(alarms.alarmNames ?? [])].sort() : [],
    bake: isRolling ? 0 : (bake ?? 0),
    canary: strategy === 'CANARY' ? [canary?.canaryPercent ?? 5, canary?.canaryBakeTimeInMinutes ?? 10] : [],
    linear: strategy === 'LINEAR' ? [linear?.stepPercent ?? 10, linear?.stepBakeTimeInMinutes ?? 6] : [],
  };
}

/** Returns the strategy in words, for the plan of a change. */
export function describeStrategy({ deployment }: Pick<EcsConfig, 'deployment'>): string | undefined {
  const { strategy = 'rolling', steps, bake_seconds = 0, approval } = deployment ?? {};
  if (strategy === 'rolling') return undefined;
  const { percent, bake_seconds: wait } = steps ?? DEFAULT_STEPS[strategy];
  const shifts = {
    blue_green: 'all requests shift to the new version at once',
    canary: `${percent} % of the requests go to the new version for ${duration(wait)}, then all`,
    linear: `requests shift to the new version in steps of ${percent} %, ${duration(wait)} apart`,
  }[strategy];
  const bake = bake_seconds > 0 ? `; both versions run for ${duration(bake_seconds)} more` : '';
  const when = approval?.each_step ? 'each step' : 'it gets requests';
  const asks = approval
    ? `; before ${when}, it waits for approval for up to ${duration(approval.timeout_seconds)}`
    : '';
  return `a change of the specification is rolled out as ${strategy}: ${shifts}${bake}${asks}`;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html, and of LinearConfiguration */
const DEFAULT_STEPS = {
  blue_green: { percent: 100, bake_seconds: 0 },
  canary: { percent: 5, bake_seconds: 600 },
  linear: { percent: 10, bake_seconds: 360 },
} as const;

function duration(seconds: number): string {
  const [count, unit] = seconds % 3600 === 0 && seconds > 0 ? [seconds / 3600, 'h'] : [seconds / MINUTE, 'min'];
  return `${count} ${unit}`;
}
