import type { PutScalingPolicyCommandInput, ScalingPolicy } from '@aws-sdk/client-application-auto-scaling';
import type { Service } from '@aws-sdk/client-ecs';
import { equalJson } from '../../../compute/spec/json.ts';
import { nameOf } from '../api/aws-error.ts';
import type { EcsConfig } from '../config.ts';
import type { ProviderContext } from '../provider-context.ts';
import { initialCount } from './service-mapping.ts';

/** The numbers of tasks between which a service is scaled. */
export interface Range {
  min: number;
  max: number;
}

/** What Application Auto Scaling has to be told about a service. */
export interface Scaling extends Range {
  policies: readonly ScalingTarget[];
}

type ScalingTarget = Required<
  Pick<PutScalingPolicyCommandInput, 'PolicyName' | 'TargetTrackingScalingPolicyConfiguration'>
>;

/** Policies of Berth. A policy with another name belongs to others, and stays. */
const POLICY_NAME = /^berth-/;

/**
 * Maps the setting `autoscaling` to target tracking policies.
 * https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html
 */
export function toScaling({ autoscaling, load_balancer }: EcsConfig): Scaling | undefined {
  if (!autoscaling) return undefined;
  const { min, max, cpu_percent, memory_percent, requests_per_task } = autoscaling;
  const { load_balancer_arn = '', target_group_arn = '' } = load_balancer ?? {};
  const balancer = load_balancer_arn.split(':loadbalancer/')[1];
  const label = `${balancer}/${target_group_arn.split(':')[5]}`;
  return {
    min,
    max,
    policies: [
      ...target('berth-cpu', cpu_percent, { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' }),
      ...target('berth-memory', memory_percent, { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' }),
      ...target('berth-requests', requests_per_task, {
        PredefinedMetricType: 'ALBRequestCountPerTarget',
        ResourceLabel: label,
      }),
    ],
  };
}

type Metric = NonNullable<ScalingTarget['TargetTrackingScalingPolicyConfiguration']>['PredefinedMetricSpecification'];

function target(PolicyName: string, TargetValue: number | undefined, metric: Metric): ScalingTarget[] {
  if (TargetValue === undefined) return [];
  const configuration = { TargetValue, PredefinedMetricSpecification: metric };
  return [{ PolicyName, TargetTrackingScalingPolicyConfiguration: configuration }];
}

/**
 * Returns the number of tasks to ask for, or undefined where another controller decides: where something scales the
 * service, every number in its range is right. A service without tasks begins with the initial number again.
 */
export async function countToSet(
  context: ProviderContext,
  { service, scaling, count }: { service: Service; scaling: Range | undefined; count: number },
): Promise<number | undefined> {
  const actual = service.desiredCount ?? 0;
  if (!scaling && actual === count) return undefined;
  const range = scaling ?? (await findRange(context, service));
  if (!range) return count;
  const wanted = actual === 0 ? initialCount(count, range) : initialCount(actual, range);
  return wanted === actual ? undefined : wanted;
}

/** Returns the range in which a service is scaled, by Berth or by others. */
async function findRange(
  { send, settings }: ProviderContext,
  { serviceName = '' }: Service,
): Promise<Range | undefined> {
  const { ServiceNamespace, ResourceId, ScalableDimension } = targetOf(settings, serviceName);
  const input = { ServiceNamespace, ScalableDimension, ResourceIds: [ResourceId] };
  const [found] = (await send('DescribeScalableTargets', input)).ScalableTargets ?? [];
  return found && { min: found.MinCapacity ?? 0, max: found.MaxCapacity ?? Number.POSITIVE_INFINITY };
}

/** Registers the scalable target and the policies that differ. Removes those of Berth that nothing asks for any more. */
export async function applyScaling(
  context: ProviderContext,
  { serviceName = '' }: Service,
  { min, max, policies }: Scaling,
): Promise<void> {
  const { send, settings } = context;
  const resource = targetOf(settings, serviceName);
  const range = await findRange(context, { serviceName });
  if (range?.min !== min || range.max !== max) {
    await send('RegisterScalableTarget', { ...resource, MinCapacity: min, MaxCapacity: max });
  }
  const { ScalingPolicies: actual = [] } = await send('DescribeScalingPolicies', resource);
  for (const policy of policies) {
    if (actual.some((other) => isEqual(policy, other))) continue;
    await send('PutScalingPolicy', { ...resource, ...policy, PolicyType: 'TargetTrackingScaling' });
  }
  for (const { PolicyName = '' } of actual) {
    if (!POLICY_NAME.test(PolicyName) || policies.some((policy) => policy.PolicyName === PolicyName)) continue;
    await ignoringMissing(send('DeleteScalingPolicy', { ...resource, PolicyName }));
  }
}

/**
 * Ends the scaling of a service. Its policies and their alarms go with the target.
 * https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
 */
export async function removeScaling({ send, settings }: ProviderContext, { serviceName = '' }: Service): Promise<void> {
  await ignoringMissing(send('DeregisterScalableTarget', targetOf(settings, serviceName)));
}

function targetOf({ cluster_arn }: ProviderContext['settings'], serviceName: string) {
  return {
    ServiceNamespace: 'ecs',
    ResourceId: `service/${cluster_arn.split('/').at(-1)}/${serviceName}`,
    ScalableDimension: 'ecs:service:DesiredCount',
  } as const;
}

/** AWS returns more fields than were set. */
function isEqual(wanted: ScalingTarget, actual: ScalingPolicy): boolean {
  const { TargetValue, PredefinedMetricSpecification } = actual.TargetTrackingScalingPolicyConfiguration ?? {};
  const configuration = { TargetValue, PredefinedMetricSpecification };
  return (
    wanted.PolicyName === actual.PolicyName && equalJson(wanted.TargetTrackingScalingPolicyConfiguration, configuration)
  );
}

async function ignoringMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (nameOf(error) !== 'ObjectNotFoundException') throw error;
  }
}
