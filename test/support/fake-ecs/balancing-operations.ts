import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { EcsError } from './ecs-error.ts';
import { type EcsState, nextId } from './ecs-state.ts';

/** A load balancer that the operator made, with its listeners. */
export interface BalancerOption {
  arn: string;
  vpc: string;
  listeners: readonly { arn: string; protocol: string; port: number }[];
}

type Tags = Map<string, string>;

/** The state of Elastic Load Balancing. */
export interface BalancingState {
  balancers: readonly BalancerOption[];
  /** By ARN. */
  groups: Map<string, { group: elb.TargetGroup; attributes: Map<string, string>; tags: Tags }>;
  /** By ARN, with the ARN of the listener. */
  rules: Map<string, { rule: elb.Rule; listener: string; tags: Tags }>;
  limits: Record<'rules' | 'groups' | 'groupsOfBalancer', number>;
  /** How often a rule went while tasks still got requests through it. */
  cuts: number;
}

export const balancingOperations = {
  DescribeLoadBalancers({ balancing }: EcsState, { LoadBalancerArns = [] }: elb.DescribeLoadBalancersInput) {
    const LoadBalancers = LoadBalancerArns.map((arn) => {
      const { vpc } = balancerOf(balancing, arn);
      return { LoadBalancerArn: arn, VpcId: vpc, Type: 'application' };
    });
    return { LoadBalancers };
  },

  DescribeListeners({ balancing }: EcsState, { ListenerArns, LoadBalancerArn }: elb.DescribeListenersInput) {
    const found = ListenerArns
      ? ListenerArns.map((arn) => listenerOf(balancing, arn))
      : balancerOf(balancing, LoadBalancerArn).listeners.map(({ arn }) => listenerOf(balancing, arn));
    return {
      Listeners: found.map(({ arn, protocol, port, balancer }) => {
        return { ListenerArn: arn, LoadBalancerArn: balancer.arn, Protocol: protocol, Port: port };
      }),
    };
  },

  DescribeAccountLimits({ balancing: { limits } }: EcsState) {
    return {
      Limits: [
        { Name: 'target-groups', Max: String(limits.groups) },
        { Name: 'rules-per-application-load-balancer', Max: String(limits.rules) },
        { Name: 'target-groups-per-application-load-balancer', Max: String(limits.groupsOfBalancer) },
      ],
    };
  },

  CreateTargetGroup(state: EcsState, { Tags, ...input }: elb.CreateTargetGroupInput) {
    const { groups, limits } = state.balancing;
    const { Name = '' } = input;
    if (!/^(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/.test(Name)) throw invalid(`Target group name '${Name}' is not valid`);
    const there = [...groups.values()].find(({ group }) => group.TargetGroupName === Name);
    if (there) {
      const isEqual = fieldsOf(input).every(([key, value]) => isSame(there.group[key as keyof elb.TargetGroup], value));
      if (isEqual) return { TargetGroups: [there.group] };
      throw new EcsError(
        'DuplicateTargetGroupNameException',
        `A target group with the same name '${Name}' exists, but with different settings`,
      );
    }
    if (groups.size >= limits.groups)
      throw tooMany('TargetGroups', 'The maximum number of target groups has been reached');
    validateHealth(input);
    const TargetGroupArn = `${base(state)}:targetgroup/${Name}/${nextId(state, 16)}`;
    const group = {
      ...Object.fromEntries(fieldsOf(input)),
      TargetGroupArn,
      TargetGroupName: Name,
      LoadBalancerArns: [],
    };
    const attributes = new Map([['deregistration_delay.timeout_seconds', '300']]);
    groups.set(TargetGroupArn, { group, attributes, tags: toMap(Tags) });
    return { TargetGroups: [group] };
  },

  DescribeTargetGroups(state: EcsState, { Names, TargetGroupArns, LoadBalancerArn }: elb.DescribeTargetGroupsInput) {
    const all = [...state.balancing.groups.values()].map(({ group }) => withBalancers(state, group));
    for (const name of Names ?? []) if (!all.some((one) => one.TargetGroupName === name)) throw groupNotFound();
    for (const arn of TargetGroupArns ?? []) groupOf(state, arn);
    const TargetGroups = all.filter(
      ({ TargetGroupName = '', TargetGroupArn = '', LoadBalancerArns }) =>
        (Names?.includes(TargetGroupName) ?? true) &&
        (TargetGroupArns?.includes(TargetGroupArn) ?? true) &&
        (LoadBalancerArn === undefined || LoadBalancerArns?.includes(LoadBalancerArn)),
    );
    return { TargetGroups };
  },

  ModifyTargetGroup(state: EcsState, input: elb.ModifyTargetGroupInput) {
    const { group } = groupOf(state, input.TargetGroupArn);
    validateHealth(input);
    Object.assign(group, Object.fromEntries(fieldsOf(input)));
    return { TargetGroups: [group] };
  },

  DescribeTargetGroupAttributes(state: EcsState, { TargetGroupArn }: elb.DescribeTargetGroupAttributesInput) {
    const { attributes } = groupOf(state, TargetGroupArn);
    return { Attributes: [...attributes].map(([Key, Value]) => ({ Key, Value })) };
  },

  ModifyTargetGroupAttributes(state: EcsState, input: elb.ModifyTargetGroupAttributesInput) {
    const { attributes } = groupOf(state, input.TargetGroupArn);
    for (const { Key = '', Value = '' } of input.Attributes ?? []) attributes.set(Key, Value);
    return { Attributes: [...attributes].map(([Key, Value]) => ({ Key, Value })) };
  },

  DeleteTargetGroup(state: EcsState, { TargetGroupArn = '' }: elb.DeleteTargetGroupInput) {
    const { groups } = state.balancing;
    if (!groups.has(TargetGroupArn)) throw groupNotFound();
    if (rulesOf(state, TargetGroupArn).length > 0) {
      throw new EcsError(
        'ResourceInUseException',
        `Target group '${TargetGroupArn}' is currently in use by a listener or a rule`,
      );
    }
    groups.delete(TargetGroupArn);
    return {};
  },

  CreateRule(state: EcsState, input: elb.CreateRuleInput) {
    const { rules, limits } = state.balancing;
    const { ListenerArn, Conditions = [], Actions = [], Tags } = input;
    const listener = listenerOf(state.balancing, ListenerArn);
    const priority = Number(input.Priority);
    if (priority < 1 || priority > 50_000) throw invalid('Priority must be between 1 and 50000');
    const ofBalancer = [...rules.values()].filter((one) =>
      listener.balancer.listeners.some(({ arn }) => arn === one.listener),
    );
    if (ofBalancer.length >= limits.rules) throw tooMany('Rules', 'The maximum number of rules has been reached');
    if (ofBalancer.some((one) => one.listener === ListenerArn && Number(one.rule.Priority) === priority)) {
      throw new EcsError('PriorityInUseException', `Priority '${priority}' is currently in use`);
    }
    validateConditions(Conditions);
    for (const TargetGroupArn of groupsOf({ Actions })) {
      const attached = withBalancers(state, groupOf(state, TargetGroupArn).group).LoadBalancerArns ?? [];
      if (attached.some((arn) => arn !== listener.balancer.arn)) {
        throw new EcsError('TargetGroupAssociationLimitException', 'The target group has another load balancer');
      }
      if (groupOf(state, TargetGroupArn).group.VpcId !== listener.balancer.vpc) {
        throw new EcsError(
          'InvalidConfigurationRequestException',
          'The target group is not in the VPC of the load balancer',
        );
      }
    }
    const RuleArn = `${ListenerArn?.replace(':listener/', ':listener-rule/')}/${nextId(state, 16)}`;
    const rule = { RuleArn, Priority: String(priority), Conditions, Actions, IsDefault: false };
    rules.set(RuleArn, { rule, listener: ListenerArn ?? '', tags: toMap(Tags) });
    return { Rules: [rule] };
  },

  DescribeRules({ balancing }: EcsState, { ListenerArn }: elb.DescribeRulesInput) {
    const { arn } = listenerOf(balancing, ListenerArn);
    const own = [...balancing.rules.values()].filter(({ listener }) => listener === arn).map(({ rule }) => rule);
    return { Rules: [...own, { Priority: 'default', IsDefault: true, Conditions: [], Actions: [] }] };
  },

  ModifyRule(state: EcsState, { RuleArn = '', Conditions, Actions }: elb.ModifyRuleInput) {
    const found = state.balancing.rules.get(RuleArn);
    if (!found) throw ruleNotFound();
    if (Actions) {
      for (const group of groupsOf({ Actions })) groupOf(state, group);
      const left = groupsOf(found.rule, 1).filter((group) => !groupsOf({ Actions }, 1).includes(group));
      if (left.some((group) => isServing(state, group))) state.balancing.cuts += 1;
      found.rule.Actions = Actions;
    }
    if (Conditions) {
      validateConditions(Conditions);
      found.rule.Conditions = Conditions;
    }
    return { Rules: [found.rule] };
  },

  DeleteRule(state: EcsState, { RuleArn = '' }: elb.DeleteRuleInput) {
    const found = state.balancing.rules.get(RuleArn);
    if (!found) throw ruleNotFound();
    if (groupsOf(found.rule, 1).some((group) => isServing(state, group))) state.balancing.cuts += 1;
    state.balancing.rules.delete(RuleArn);
    return {};
  },

  DescribeTags(state: EcsState, { ResourceArns = [] }: elb.DescribeTagsInput) {
    if (ResourceArns.length > 20) throw invalid('At most 20 resources');
    const TagDescriptions = ResourceArns.map((ResourceArn) => {
      return { ResourceArn, Tags: [...taggedOf(state, ResourceArn).tags].map(([Key, Value]) => ({ Key, Value })) };
    });
    return { TagDescriptions };
  },

  AddTags(state: EcsState, { ResourceArns = [], Tags }: elb.AddTagsInput) {
    for (const arn of ResourceArns) for (const [key, value] of toMap(Tags)) taggedOf(state, arn).tags.set(key, value);
    return {};
  },
};

/** Returns true for a target group that a rule leads to, as ECS requires it. */
export function isAttached(state: EcsState, arn: string): boolean {
  return state.balancing.groups.has(arn) && rulesOf(state, arn).length > 0;
}

function rulesOf({ balancing }: EcsState, groupArn: string) {
  return [...balancing.rules.values()].filter(({ rule }) => groupsOf(rule).includes(groupArn));
}

/** Returns the target groups that a rule leads to with at least this weight. */
export function groupsOf({ Actions = [] }: Pick<elb.Rule, 'Actions'>, least = 0): string[] {
  return Actions.flatMap(({ TargetGroupArn, ForwardConfig }) => [
    ...(TargetGroupArn === undefined ? [] : [TargetGroupArn]),
    ...(ForwardConfig?.TargetGroups ?? []).flatMap((one) =>
      one.TargetGroupArn !== undefined && Number(one.Weight ?? 1) >= least ? [one.TargetGroupArn] : [],
    ),
  ]);
}

/** Returns true where tasks that are not stopped may be in a target group. */
function isServing(state: EcsState, group: string): boolean {
  return [...state.services.values()].some(
    ({ deployments, service }) =>
      deployments.some(({ settings, shift }) =>
        settings.loadBalancers?.some((one) => (shift?.group ?? one.targetGroupArn) === group),
      ) && state.tasks.of(service.serviceArn).some(({ task }) => task.lastStatus !== 'STOPPED'),
  );
}

function withBalancers(state: EcsState, group: elb.TargetGroup): elb.TargetGroup {
  const arns = rulesOf(state, group.TargetGroupArn ?? '').map(
    ({ listener }) => listenerOf(state.balancing, listener).balancer.arn,
  );
  return { ...group, LoadBalancerArns: [...new Set(arns)] };
}

function balancerOf({ balancers }: BalancingState, arn: string | undefined): BalancerOption {
  const found = balancers.find((one) => one.arn === arn);
  if (!found) throw new EcsError('LoadBalancerNotFoundException', `Load balancer '${arn}' not found`);
  return found;
}

function listenerOf({ balancers }: BalancingState, arn: string | undefined) {
  for (const balancer of balancers) {
    const found = balancer.listeners.find((one) => one.arn === arn);
    if (found) return { ...found, balancer };
  }
  throw new EcsError('ListenerNotFoundException', `Listener '${arn}' not found`);
}

function groupOf({ balancing }: EcsState, arn = '') {
  const found = balancing.groups.get(arn);
  if (!found) throw groupNotFound();
  return found;
}

function taggedOf({ balancing }: EcsState, arn: string): { tags: Tags } {
  const found = balancing.groups.get(arn) ?? balancing.rules.get(arn);
  if (!found) throw arn.includes(':targetgroup/') ? groupNotFound() : ruleNotFound();
  return found;
}

function validateHealth(input: Partial<elb.CreateTargetGroupInput>): void {
  const { HealthCheckIntervalSeconds: interval, HealthCheckTimeoutSeconds: timeout } = input;
  if (Number(timeout ?? 5) >= Number(interval ?? 30)) {
    throw invalid('Health check timeout must be smaller than the interval');
  }
  for (const threshold of [input.HealthyThresholdCount ?? 5, input.UnhealthyThresholdCount ?? 2].map(Number)) {
    if (threshold < 2 || threshold > 10) throw invalid('Thresholds must be between 2 and 10');
  }
}

function validateConditions(conditions: readonly elb.RuleCondition[]): void {
  const values = conditions.flatMap(({ HostHeaderConfig }) => HostHeaderConfig?.Values ?? []);
  if (values.length === 0 || values.length > 5) throw invalid('A rule takes 1 to 5 condition values');
  if (values.some((value) => value.length > 128)) throw invalid('A host has at most 128 characters');
}

/** Without the names and ARNs; numbers are numbers, also where the wire has text. */
function fieldsOf(input: object): [string, unknown][] {
  const { Name: _, TargetGroupArn: __, ...rest } = input as Record<string, unknown>;
  const isNumber = (key: string) => /Seconds$|Count$|^Port$/.test(key);
  return Object.entries(rest).map(([key, value]) => [key, isNumber(key) ? Number(value) : value]);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function toMap(tags: readonly elb.Tag[] = []): Tags {
  return new Map(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

function base({ region, account }: EcsState): string {
  return `arn:aws:elasticloadbalancing:${region}:${account}`;
}

function invalid(message: string): EcsError {
  return new EcsError('ValidationError', message);
}

function tooMany(what: string, message: string): EcsError {
  return new EcsError(`TooMany${what}Exception`, message);
}

function groupNotFound(): EcsError {
  return new EcsError('TargetGroupNotFoundException', 'One or more target groups not found');
}

function ruleNotFound(): EcsError {
  return new EcsError('RuleNotFoundException', 'One or more rules not found');
}
