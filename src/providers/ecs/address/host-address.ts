import type { Service } from '@aws-sdk/client-ecs';
import { INCARNATION_LABEL, isOtherIncarnation } from '../../../compute/labels.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Plan } from '../rollout/plan.ts';
import { fromTags, readRecord, type TagMap } from '../tags.ts';
import { ensureRule, removeRules } from './host-rule.ts';
import { groupName, groupPrefix, hostsOf } from './hosts.ts';
import { findListener, type Listener, readListener, vpcOf } from './listener.ts';
import { deleteGroup, ensureGroup, isTenants, listGroups, type TaggedGroup } from './target-group.ts';
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
 * anywhere leaves what the next call finds. Another listener makes another group and another rule. Those of before stay
 * until the last task that they lead to has stopped (`removeStale`); the record of the service tells of them meanwhile.
 */

/** What a call made or found, and what its caller has to know. */
export interface HostAddress {
  /** With the target group, and a note on a load balancer that is almost full. */
  plan: Plan;
  /** True if this call made the target group, so that it goes with a service that ECS refuses. */
  isNew: boolean;
}

/** Makes the target group and the rule of a plan, where its settings have a listener, and completes the plan with them. */
export async function ensureHost(context: ProviderContext, plan: Plan): Promise<HostAddress> {
  const { listener_arn, host = '', drain_seconds, ...target } = plan.config.load_balancer ?? {};
  const [balancer] = plan.service.loadBalancers ?? [];
  if (listener_arn === undefined || !balancer) return { plan, isNew: false };
  const { spec, name } = plan;
  const listener = await readListener(context, listener_arn);
  const port = targetPort(spec, target);
  const container = spec.containers.find((one) => one.name === port?.container);
  const tags = addressTags(plan);
  const { arn, isNew } = await ensureGroup(context, {
    name: groupName(plan.config.cluster_arn, name, listener_arn),
    tenantId: spec.tenant_id,
    health: toTargetHealth(container, port?.port),
    drainSeconds: drain_seconds ?? 0,
    tags,
    vpc: () => vpcOf(context, listener),
  });
  const hosts = hostsOf(spec, host);
  try {
    const note = await ensureRule(context, {
      listener,
      groupArn: arn,
      hosts,
      tenantId: spec.tenant_id,
      service: name,
      tags,
    });
    const loadBalancers = [{ ...balancer, targetGroupArn: arn }];
    const notes = [plan.notes, note].filter(Boolean).join('; ');
    return { plan: { ...plan, notes, service: { ...plan.service, loadBalancers } }, isNew };
  } catch (error) {
    if (isNew) await deleteGroup(context, { arn });
    throw error;
  }
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

/** Removes the target groups of a tenant with their rules, except the one with the ARN `kept`. */
export async function removeHosts(
  context: ProviderContext,
  { name, tenantId, kept }: { name: string; tenantId: string; kept?: string | undefined },
): Promise<void> {
  for (const group of await hostGroups(context, name, tenantId)) {
    const isOfOtherLife = isOtherIncarnation(group.tags[INCARNATION_LABEL], context.origin.incarnation);
    if (group.arn === kept || isOfOtherLife) continue;
    await removeRules(context, group, tenantId);
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
  if (!hostGroupOf(context, service)?.includes(`/${name}/`)) return undefined;
  return findListener(context, listener_arn);
}

/** Returns true where a tenant may have a host: by the settings, or by what its service shows, also a deleted one. */
export function mayHaveHost(context: ProviderContext, service: Service | undefined): boolean {
  if (context.settings.load_balancer?.listener_arn !== undefined) return true;
  if (!service) return false;
  const fields = readRecord(fromTags(service.tags))?.fields;
  return hostGroupOf(context, service) !== undefined || (fields?.has('stale_address') ?? false);
}
