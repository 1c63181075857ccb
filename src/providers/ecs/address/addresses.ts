import type { Service } from '@aws-sdk/client-ecs';
import type { ProviderContext } from '../provider-context.ts';
import type { Plan } from '../rollout/plan.ts';
import { fromTags, readRecord } from '../tags.ts';
import { hostGroupOf } from './host-address.ts';
import { groupName, hostsOf, isGroupOf } from './hosts.ts';

/** Returns what the address of a tenant depends on: its hosts, or the port that its route leads to. */
export function addressesOf({ spec, config, service }: Pick<Plan, 'spec' | 'config' | 'service'>): string[] {
  const { listener_arn, host } = config.load_balancer ?? {};
  if (listener_arn !== undefined && host !== undefined) return hostsOf(spec, host);
  return (service.gatewayConnectors ?? []).map(({ portName }) => `the route to port ${portName}`);
}

/** Returns true where the settings give a service another address than it has: another listener, a gateway or neither. */
export function willMove(context: Pick<ProviderContext, 'settings'>, service: Service): boolean {
  const { cluster_arn, gateway, load_balancer } = context.settings;
  const listener = load_balancer?.retired ? undefined : load_balancer?.listener_arn;
  const fields = readRecord(fromTags(service.tags))?.fields;
  if ((fields?.has('gateway') ?? false) !== (gateway !== undefined)) return true;
  const group = hostGroupOf(context, service);
  if (listener === undefined) return group !== undefined;
  return !isGroupOf(group, groupName(cluster_arn, service.serviceName ?? '', listener));
}
