import type { LoadBalancer, Service } from '@aws-sdk/client-ecs';
import { INCARNATION_LABEL, isOtherIncarnation } from '../../../compute/labels.ts';
import { isShifting } from '../deployment/strategy.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Plan } from '../rollout/plan.ts';
import { fromTags, readRecord, type TagMap } from '../tags.ts';
import { ensureRule, type FoundRule, removeRules } from './host-rule.ts';
import { alternateName, groupName, groupPrefix, hostsOf, isGroupOf } from './hosts.ts';
import { findListener, type Listener, readListener, vpcOf } from './listener.ts';
import { deleteGroup, ensureGroup, isTenants, listGroups, type TaggedGroup, type WantedGroup } from './target-group.ts';
import { toTargetHealth } from './target-health.ts';
import { targetPort } from './target-port.ts';

/*
 * A host on a listener
 *
 * A tenant has a target group and, on the operator's listener, a rule that leads its hosts there. They are made before the
 * service, because ECS refuses a target group without a load balancer, and removed after it: ECS takes a task out of its
 * target group first and lets its requests end, which it does not where no rule leads to the group any more.
 *
 * The name of the group follows from the cluster, the tenant and the listener, and its tags tell whose it is. So a crash
 * anywhere leaves what the next call finds. Where requests shift between two versions, the tenant has two groups, and its
 * rule leads to both: ECS moves the weights. Another listener makes another group and another rule. Those of before stay
 * until the last task that they lead to has stopped (`removeStale`); the record of the service tells of them meanwhile.
 */

/** What a call made or found, and what its caller has to know. */
export interface HostAddress {
  /** With the target group, and a note on a load balancer that is almost full. */
  plan: Plan;
  /** True if this call made the target group, so that it goes with a service that ECS refuses. */
  isNew: boolean;
}

/**
 * Makes the target groups and the rule of a plan, where its settings have a listener, and completes the plan with them.
 * `service`: as it is, if there is one.
 */
export async function ensureHost(context: ProviderContext, plan: Plan, service?: Service): Promise<HostAddress> {
  const { listener_arn, host = '' } = plan.config.load_balancer ?? {};
  const [balancer] = plan.service.loadBalancers ?? [];
  if (listener_arn === undefined || !balancer) return { plan, isNew: false };
  const { spec, name } = plan;
  const listener = await readListener(context, listener_arn);
  const tags = addressTags(plan);
  const wanted = { ...healthOf(plan), tenantId: spec.tenant_id, tags, vpc: () => vpcOf(context, listener) };
  const made: { arn: string; isNew: boolean }[] = [];
  try {
    for (const group of groupNames(plan, listener_arn, service)) {
      made.push(await ensureGroup(context, { ...wanted, name: group }));
    }
    const groups = made.map(({ arn }) => arn) as [string, ...string[]];
    const hosts = hostsOf(spec, host);
    const rule = await ensureRule(context, { listener, groups, hosts, tenantId: spec.tenant_id, service: name, tags });
    const loadBalancers = [{ ...balancer, ...targetsOf(plan, groups, rule, service) }];
    const notes = [plan.notes, rule.note].filter(Boolean).join('; ');
    return { plan: { ...plan, notes, service: { ...plan.service, loadBalancers } }, isNew: made.some(isNewGroup) };
  } catch (error) {
    for (const group of made.filter(isNewGroup)) await deleteGroup(context, group);
    throw error;
  }
}

function isNewGroup({ isNew }: { isNew: boolean }): boolean {
  return isNew;
}

function healthOf({ spec, config }: Plan): Pick<WantedGroup, 'health' | 'drainSeconds'> {
  const { drain_seconds = 0, ...target } = config.load_balancer ?? {};
  const port = targetPort(spec, target);
  const container = spec.containers.find((one) => one.name === port?.container);
  return { health: toTargetHealth(container, port?.port), drainSeconds: drain_seconds };
}

/** Returns the names of the target groups that a plan needs, or that its service has: two where requests shift. */
function groupNames({ config, name }: Plan, listener: string, service: Service | undefined): string[] {
  const group = groupName(config.cluster_arn, name, listener);
  const arns = (service?.loadBalancers ?? []).flatMap(({ targetGroupArn, advancedConfiguration }) => [
    targetGroupArn,
    advancedConfiguration?.alternateTargetGroupArn,
  ]);
  const hasAlternate = arns.some((arn) => arn?.includes(`:targetgroup/${alternateName(group)}/`));
  return isShifting(config) || hasAlternate ? [group, alternateName(group)] : [group];
}

/**
 * Returns what a service is told of its target groups. One that shifts requests keeps the order of its groups. A rolling
 * one has the group that gets the requests; the other one goes when its last task has stopped.
 */
function targetsOf(
  { config }: Plan,
  groups: readonly [string, ...string[]],
  rule: FoundRule,
  service: Service | undefined,
): Pick<LoadBalancer, 'targetGroupArn' | 'advancedConfiguration'> {
  if (!isShifting(config)) return { targetGroupArn: rule.serving };
  const shown = service?.loadBalancers?.find(({ targetGroupArn = '' }) => groups.includes(targetGroupArn));
  const targetGroupArn = shown?.targetGroupArn ?? groups[0];
  return {
    targetGroupArn,
    advancedConfiguration: {
      alternateTargetGroupArn: groups.find((group) => group !== targetGroupArn),
      productionListenerRule: rule.arn,
      roleArn: config.deployment?.role_arn,
    },
  };
}

/** Returns the tags of a target group and of a rule: those of Berth and of the operator, and no labels. */
function addressTags({ tags, config }: Plan): TagMap {
  const operators = new Set(Object.keys(config.tags));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key.startsWith('berth.') || operators.has(key)));
}

/** Lists the target groups that Berth made for a tenant, on whatever listener. */
export async function hostGroups(context: ProviderContext, name: string, tenantId: string): Promise<TaggedGroup[]> {
  const prefix = groupPrefix(context.settings.cluster_arn, name);
  const groups = await listGroups(context, (one) => one.startsWith(prefix));
  return groups.filter((group) => isTenants(context, group, tenantId));
}

/** Removes the target groups of a tenant with their rules, except those with the ARNs in `kept`. */
export async function removeHosts(
  context: ProviderContext,
  { name, tenantId, kept = [] }: { name: string; tenantId: string; kept?: readonly string[] },
): Promise<void> {
  for (const group of await hostGroups(context, name, tenantId)) {
    const isOfOtherLife = isOtherIncarnation(group.tags[INCARNATION_LABEL], context.origin.incarnation);
    if (kept.includes(group.arn) || isOfOtherLife) continue;
    await removeRules(context, group, { tenantId, kept });
    await deleteGroup(context, group);
  }
}

/** Returns the ARN of the target group that Berth made for a service, if the service has one. */
export function hostGroupOf(
  { settings }: Pick<ProviderContext, 'settings'>,
  { serviceName = '', loadBalancers = [] }: Service,
): string | undefined {
  const prefix = groupPrefix(settings.cluster_arn, serviceName);
  const arns = loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
  return arns.find((arn) => arn.includes(`:targetgroup/${prefix}`));
}

/** Reads the listener of the settings, where a service has its target group on it. */
export async function readHostListener(context: ProviderContext, service: Service): Promise<Listener | undefined> {
  const { settings } = context;
  const { listener_arn } = settings.load_balancer ?? {};
  if (listener_arn === undefined) return undefined;
  const name = groupName(settings.cluster_arn, service.serviceName ?? '', listener_arn);
  if (!isGroupOf(hostGroupOf(context, service), name)) return undefined;
  return findListener(context, listener_arn);
}

/** Returns true where a tenant may have a host: by the settings, or by what its service shows, also a deleted one. */
export function mayHaveHost(context: ProviderContext, service: Service | undefined): boolean {
  if (context.settings.load_balancer?.listener_arn !== undefined) return true;
  if (!service) return false;
  const fields = readRecord(fromTags(service.tags))?.fields;
  return hostGroupOf(context, service) !== undefined || (fields?.has('stale_address') ?? false);
}
