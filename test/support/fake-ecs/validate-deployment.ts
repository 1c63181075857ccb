import type * as sdk from '@aws-sdk/client-ecs';
import { groupsOf } from './balancing-operations.ts';
import { invalidParameter } from './ecs-error.ts';
import type { EcsState } from './ecs-state.ts';

type Input = Pick<sdk.CreateServiceRequest, 'deploymentConfiguration' | 'loadBalancers'>;

/** Stages at which only Lambda functions can be hooks. */
const WITHOUT_PAUSE = ['TEST_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT'];
const MOST_HOOKS = 10;

/** Throws what CreateService and UpdateService refuse of strategies, hooks and target groups for two revisions. */
export function validateDeployment(state: EcsState, { deploymentConfiguration = {}, loadBalancers = [] }: Input): void {
  const { strategy = 'ROLLING', bakeTimeInMinutes: bake, lifecycleHooks = [] } = deploymentConfiguration;
  const { canaryConfiguration, linearConfiguration } = deploymentConfiguration;
  if (strategy === 'BLUE_GREEN' && bake === undefined) throw invalidParameter('bakeTimeInMinutes is required.');
  within('bakeTimeInMinutes', bake, 0, 1440);
  if (canaryConfiguration && strategy !== 'CANARY') throw invalidParameter('canaryConfiguration needs CANARY.');
  if (linearConfiguration && strategy !== 'LINEAR') throw invalidParameter('linearConfiguration needs LINEAR.');
  within('canaryPercent', canaryConfiguration?.canaryPercent, 0.1, 100);
  within('canaryBakeTimeInMinutes', canaryConfiguration?.canaryBakeTimeInMinutes, 0, 1440);
  within('stepPercent', linearConfiguration?.stepPercent, 3, 100);
  within('stepBakeTimeInMinutes', linearConfiguration?.stepBakeTimeInMinutes, 0, 1440);
  validateHooks(lifecycleHooks);
  if (strategy === 'ROLLING') return;
  for (const balancer of loadBalancers) validateBalancer(state, balancer);
}

function validateHooks(hooks: readonly sdk.DeploymentLifecycleHook[]): void {
  if (hooks.length > MOST_HOOKS) throw invalidParameter('A service has at most 10 pause hooks.');
  for (const { targetType, lifecycleStages = [], timeoutConfiguration } of hooks) {
    if (lifecycleStages.length === 0) throw invalidParameter('lifecycleStages is required.');
    within('timeoutInMinutes', timeoutConfiguration?.timeoutInMinutes, 1, 20_160);
    if (targetType === 'PAUSE' && lifecycleStages.some((stage) => WITHOUT_PAUSE.includes(stage))) {
      throw invalidParameter('A PAUSE hook cannot be configured at this stage.');
    }
  }
}

function validateBalancer(state: EcsState, { targetGroupArn = '', advancedConfiguration }: sdk.LoadBalancer): void {
  const { alternateTargetGroupArn = '', productionListenerRule = '', roleArn = '' } = advancedConfiguration ?? {};
  const rule = state.balancing.rules.get(productionListenerRule)?.rule;
  const groups = rule ? groupsOf(rule) : [];
  if (!groups.includes(targetGroupArn) || !groups.includes(alternateTargetGroupArn)) {
    throw invalidParameter(
      'Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule.',
    );
  }
  if (!state.roles.has(roleArn)) throw invalidParameter('Role is not valid');
}

function within(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined) return;
  // Percentages are multiples of 0.1, minutes are whole.
  const isStep = name.endsWith('Percent') ? Number.isInteger(Math.round(value * 1000) / 100) : Number.isInteger(value);
  if (value < least || value > most || !isStep) throw invalidParameter(`${name} must be from ${least} to ${most}.`);
}
