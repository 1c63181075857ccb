import type { Action, Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ProviderFailedError, ResourceConflictError } from '../../../compute/errors.ts';
import { equalJson } from '../../../compute/spec/json.ts';
import { nameOf } from '../api/aws-error.ts';
import { markedPages } from '../api/responses.ts';
import type { ProviderContext } from '../provider-context.ts';
import { isTenantService, type TagMap } from '../tags.ts';
import { fromBalancerTags, toBalancerTags } from './balancer-tags.ts';
import { freePriority } from './hosts.ts';
import { readLimits } from './limits.ts';
import type { Listener } from './listener.ts';
import type { TaggedGroup } from './target-group.ts';

/** Attempts to take a priority before another rule takes it. */
const ATTEMPTS = 5;
const FULL = /^(?:TooManyRules|TooManyUniqueTargetGroupsPerLoadBalancer|TooManyTargetGroups)Exception$/;

/** The rule of a tenant, as Berth wants it. */
export interface WantedRule {
  listener: Listener;
  /** The target group, or both of them where requests shift between two: the first gets them until ECS shifts them. */
  groups: readonly [string, ...string[]];
  hosts: readonly string[];
  tenantId: string;
  /** Name of the service, from which the priority follows. */
  service: string;
  tags: TagMap;
}

/*
 * Taking a priority
 *
 * Every rule of a listener has a priority of its own. That of a tenant follows from its name, so tenants rarely meet. Where
 * it is taken, the next free one is. Rules for different hosts never match the same request, so their order is of no
 * consequence. Two provisions may choose the same priority at once: AWS refuses the second, which reads the rules again.
 */

/** The rule of a tenant, as it is. */
export interface FoundRule {
  arn: string;
  /** The target group that gets the requests, or most of them. */
  serving: string;
  /** On a load balancer that is almost full. Else empty. */
  note: string;
}

/**
 * Makes the rule that leads the hosts of a tenant to its target groups, or corrects it. ECS owns the weights of two groups:
 * they are set when a group is added, and never again. Throws where another rule of the listener has one of the hosts, or
 * where the load balancer is full.
 */
export async function ensureRule(context: ProviderContext, wanted: WantedRule): Promise<FoundRule> {
  const { listener, groups, hosts } = wanted;
  for (let attempt = 1; ; attempt += 1) {
    const rules = await listRules(context, listener.arn);
    const own = rules.find((rule) => groups.some((group) => leadsTo(rule, group)));
    refuseTaken(context, rules, wanted, own);
    if (own) {
      await correct(context, own, wanted);
      return { arn: own.RuleArn ?? '', serving: servingGroup(own) ?? groups[0], note: '' };
    }
    const counts = { rules: rules.filter(({ IsDefault }) => !IsDefault).length, added: groups.length };
    const limits = await readLimits(context, listener, counts);
    if (limits.isFull) throw full(limits.text);
    const priority = freePriority(wanted.service, new Set(rules.map((rule) => Number(rule.Priority))));
    if (priority === undefined) throw full(`the listener ${listener.arn} has no free priority`);
    try {
      const { Rules = [] } = await context.send('CreateRule', {
        ListenerArn: listener.arn,
        Priority: priority,
        Conditions: [toCondition(hosts)],
        Actions: [toAction(groups, groups[0])],
        Tags: toBalancerTags(wanted.tags),
      });
      return { arn: Rules[0]?.RuleArn ?? '', serving: groups[0], note: limits.text };
    } catch (error) {
      if (FULL.test(nameOf(error))) throw full(`the load balancer ${listener.loadBalancer} has no room`, error);
      if (nameOf(error) !== 'PriorityInUseException' || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Removes the rules of Berth that lead to a target group, on all listeners of its load balancers. A rule that also leads to
 * one of the groups in `kept` stays, without the other one.
 */
export async function removeRules(
  context: ProviderContext,
  group: TaggedGroup,
  { tenantId, kept }: { tenantId: string; kept: readonly string[] },
): Promise<void> {
  for (const LoadBalancerArn of group.loadBalancers) {
    for (const listener of await listenersOf(context, LoadBalancerArn)) {
      const rules = (await listRules(context, listener)).filter((rule) => leadsTo(rule, group.arn));
      for (const rule of rules) {
        const { RuleArn = '' } = rule;
        if (!(await isBerths(context, RuleArn, tenantId))) continue;
        const left = groupsIn(rule).filter((arn) => kept.includes(arn));
        const [first] = left;
        if (first === undefined) await remove(context, RuleArn);
        else await context.send('ModifyRule', { RuleArn, Actions: [toAction(left, first)] });
      }
    }
  }
}

async function listenersOf({ send }: ProviderContext, LoadBalancerArn: string): Promise<string[]> {
  const arns: string[] = [];
  try {
    for await (const { Listeners = [] } of markedPages(send, 'DescribeListeners', { LoadBalancerArn })) {
      arns.push(...Listeners.flatMap(({ ListenerArn }) => ListenerArn ?? []));
    }
  } catch (error) {
    if (nameOf(error) !== 'LoadBalancerNotFoundException') throw error;
  }
  return arns;
}

async function listRules({ send }: ProviderContext, ListenerArn: string): Promise<Rule[]> {
  const rules: Rule[] = [];
  for await (const { Rules = [] } of markedPages(send, 'DescribeRules', { ListenerArn })) rules.push(...Rules);
  return rules;
}

async function isBerths({ send, provider, origin }: ProviderContext, arn: string, tenantId: string): Promise<boolean> {
  const { TagDescriptions = [] } = await send('DescribeTags', { ResourceArns: [arn] });
  return isTenantService(fromBalancerTags(TagDescriptions[0]?.Tags), provider, tenantId, origin.installation);
}

async function remove({ send }: ProviderContext, RuleArn: string): Promise<void> {
  try {
    await send('DeleteRule', { RuleArn });
  } catch (error) {
    if (nameOf(error) !== 'RuleNotFoundException') throw error;
  }
}

async function correct({ send }: ProviderContext, rule: Rule, { hosts, groups, listener }: WantedRule): Promise<void> {
  const isLed = groups.every((group) => leadsTo(rule, group));
  const hasHosts = equalJson([...hostsIn(rule)].sort(), [...hosts].sort());
  if (isLed && hasHosts) return;
  try {
    await send('ModifyRule', {
      RuleArn: rule.RuleArn,
      ...(!hasHosts && { Conditions: [toCondition(hosts)] }),
      ...(!isLed && { Actions: [toAction(groups, servingGroup(rule) ?? groups[0])] }),
    });
  } catch (error) {
    if (FULL.test(nameOf(error))) throw full(`the load balancer ${listener.loadBalancer} has no room`, error);
    throw error;
  }
}

/** Returns an action that sends all requests to one of some target groups. */
function toAction(groups: readonly string[], serving: string): Action {
  if (groups.length === 1) return { Type: 'forward', TargetGroupArn: groups[0] };
  const TargetGroups = groups.map((group) => ({ TargetGroupArn: group, Weight: group === serving ? 1 : 0 }));
  return { Type: 'forward', ForwardConfig: { TargetGroups } };
}

/** Returns the target group of a rule with the greatest weight. */
function servingGroup({ Actions = [] }: Rule): string | undefined {
  const weighted = Actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
  const [first] = weighted.toSorted((a, b) => (b.Weight ?? 1) - (a.Weight ?? 1));
  return first?.TargetGroupArn ?? Actions.find(({ TargetGroupArn }) => TargetGroupArn)?.TargetGroupArn;
}

/** The first rule that matches decides, so a second one for the same host would be in vain, or would take another's away. */
function refuseTaken(
  { provider }: ProviderContext,
  rules: readonly Rule[],
  { hosts, listener }: WantedRule,
  own: Rule | undefined,
): void {
  for (const rule of rules) {
    const taken = rule === own ? undefined : hosts.find((host) => hostsIn(rule).includes(host));
    if (taken === undefined) continue;
    throw new ResourceConflictError(`the listener of ${provider} has another rule for ${taken}: ${rule.RuleArn}`, {
      hint: `Remove that rule of ${listener.arn}, or choose another hostname.`,
    });
  }
}

function leadsTo(rule: Rule, groupArn: string): boolean {
  return groupsIn(rule).includes(groupArn);
}

function groupsIn({ Actions = [] }: Rule): string[] {
  return Actions.flatMap(({ TargetGroupArn, ForwardConfig }) => [
    ...(TargetGroupArn === undefined ? [] : [TargetGroupArn]),
    ...(ForwardConfig?.TargetGroups ?? []).flatMap((one) => one.TargetGroupArn ?? []),
  ]);
}

function hostsIn({ Conditions = [] }: Rule): readonly string[] {
  return Conditions.flatMap(({ HostHeaderConfig, Field, Values = [] }) =>
    Field === 'host-header' ? (HostHeaderConfig?.Values ?? Values) : [],
  );
}

function toCondition(hosts: readonly string[]) {
  return { Field: 'host-header', HostHeaderConfig: { Values: [...hosts] } };
}

function full(what: string, cause?: unknown): ProviderFailedError {
  const hint =
    'Destroy tenants that are no longer needed, request a higher quota of rules, ' +
    'or register a second provider with a listener of another load balancer: target groups of one cannot be more than 100.';
  return new ProviderFailedError(what, { hint, retryable: false, ...(cause !== undefined && { cause }) });
}
