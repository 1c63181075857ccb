import type * as scaling from '@aws-sdk/client-application-auto-scaling';
import { EcsError } from './ecs-error.ts';
import { type EcsState, nextId } from './ecs-state.ts';

type Resource = Pick<scaling.RegisterScalableTargetRequest, 'ServiceNamespace' | 'ResourceId' | 'ScalableDimension'>;

const MAX_POLICIES = 50;

/** The operations of Application Auto Scaling. It scales nothing by itself: a test changes `desiredCount` as it would. */
export const scalingOperations = {
  RegisterScalableTarget(state: EcsState, input: scaling.RegisterScalableTargetRequest) {
    const { MinCapacity, MaxCapacity } = input;
    const id = idOf(input);
    const before = state.targets.get(id)?.target;
    if (!isActive(state, id)) throw invalid(`ECS service doesn't exist: ${id}`);
    const [min, max] = [MinCapacity ?? before?.MinCapacity, MaxCapacity ?? before?.MaxCapacity];
    if (min === undefined || max === undefined) {
      throw invalid('MinCapacity and MaxCapacity are required to register a scalable target.');
    }
    if (min > max) throw invalid('Maximum capacity cannot be less than minimum capacity.');
    const target = {
      ServiceNamespace: 'ecs' as const,
      ResourceId: id,
      ScalableDimension: 'ecs:service:DesiredCount' as const,
      MinCapacity: min,
      MaxCapacity: max,
      RoleARN: `arn:aws:iam::${state.account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/x`,
      CreationTime: before?.CreationTime ?? new Date(state.at),
    };
    state.targets.set(id, { target, policies: state.targets.get(id)?.policies ?? new Map() });
    return {};
  },

  DescribeScalableTargets(state: EcsState, { ResourceIds }: scaling.DescribeScalableTargetsRequest) {
    const all = [...state.targets.values()].map(({ target }) => target);
    return {
      ScalableTargets: ResourceIds ? all.filter(({ ResourceId = '' }) => ResourceIds.includes(ResourceId)) : all,
    };
  },

  PutScalingPolicy(state: EcsState, input: scaling.PutScalingPolicyRequest) {
    const { PolicyName = '', PolicyType, TargetTrackingScalingPolicyConfiguration: configuration } = input;
    const { policies } = targetOf(state, input);
    const { PredefinedMetricType, ResourceLabel } = configuration?.PredefinedMetricSpecification ?? {};
    if (PolicyType !== 'TargetTrackingScaling') throw invalid('This fake knows target tracking only.');
    if (PredefinedMetricType === 'ALBRequestCountPerTarget') {
      if (!/^app\/[^/]+\/[^/]+\/targetgroup\/[^/]+\/[^/]+$/.test(ResourceLabel ?? '')) {
        throw invalid('ResourceLabel must have the form app/<name>/<id>/targetgroup/<name>/<id>.');
      }
    } else if (ResourceLabel !== undefined) throw invalid('ResourceLabel is for ALBRequestCountPerTarget only.');
    if (policies.size >= MAX_POLICIES && !policies.has(PolicyName))
      throw new EcsError('LimitExceededException', 'Too many');
    const PolicyARN = `arn:aws:autoscaling:${state.region}:${state.account}:scalingPolicy:${nextId(state, 32)}`;
    policies.set(PolicyName, {
      PolicyARN: policies.get(PolicyName)?.PolicyARN ?? PolicyARN,
      PolicyName,
      PolicyType,
      ...(targetOf(state, input).target as Required<Resource>),
      TargetTrackingScalingPolicyConfiguration: configuration,
      CreationTime: new Date(state.at),
    } as scaling.ScalingPolicy);
    return { PolicyARN, Alarms: [] };
  },

  DescribeScalingPolicies(state: EcsState, { ResourceId }: scaling.DescribeScalingPoliciesRequest) {
    const all = [...state.targets.values()].flatMap(({ policies }) => [...policies.values()]);
    return { ScalingPolicies: all.filter((policy) => ResourceId === undefined || policy.ResourceId === ResourceId) };
  },

  DeleteScalingPolicy(state: EcsState, input: scaling.DeleteScalingPolicyRequest) {
    const policies = state.targets.get(idOf(input))?.policies;
    if (!policies?.delete(input.PolicyName ?? '')) throw missing('No scaling policy found', idOf(input));
    return {};
  },

  DeregisterScalableTarget(state: EcsState, input: scaling.DeregisterScalableTargetRequest) {
    targetOf(state, input);
    state.targets.delete(idOf(input));
    return {};
  },
};

function idOf({ ServiceNamespace, ResourceId = '', ScalableDimension }: Resource): string {
  if (ServiceNamespace !== 'ecs' || ScalableDimension !== 'ecs:service:DesiredCount') {
    throw invalid('Unsupported service namespace, resource type or scalable dimension.');
  }
  return ResourceId;
}

function targetOf(state: EcsState, input: Resource) {
  const id = idOf(input);
  const found = state.targets.get(id);
  if (!found) throw missing('No scalable target registered', id);
  return found;
}

function isActive(state: EcsState, id: string): boolean {
  const arn = `arn:aws:ecs:${state.region}:${state.account}:${id}`;
  return state.services.get(arn)?.service.status === 'ACTIVE';
}

function invalid(message: string): EcsError {
  return new EcsError('ValidationException', message);
}

function missing(what: string, id: string): EcsError {
  const message = `${what} for service namespace: ecs, resource ID: ${id}, scalable dimension: ecs:service:DesiredCount`;
  return new EcsError('ObjectNotFoundException', message);
}
