import type { PermissionStatement } from '../../../compute/permissions.ts';
import { statement, UNBOUND, withTags } from '../api/statements.ts';
import { GROUP_PREFIX } from './hosts.ts';

/** What the permissions for addresses are bound to. */
interface AddressScope {
  provider: string;
  /** ARN of the gateway of the settings. */
  gateway: string | undefined;
  /** Pattern of the routes of all gateways. */
  routes: string;
  /** ARN of the listener of the settings. */
  listener: string | undefined;
  /** The beginning of ARNs of Elastic Load Balancing in the account and region. */
  balancing: string;
}

/** The public reference of IAM has no resources for the lists of gateways yet, so these are not bound. */
export function readingRoutes({ gateway, routes }: AddressScope): PermissionStatement[] {
  if (gateway === undefined) return [];
  return [
    statement(`finds the route of a service on its gateway: ${UNBOUND}`, 'ecs:ListGatewayRoutes', '*'),
    statement('reads the URL of a route', 'ecs:DescribeGatewayRoute', routes),
  ];
}

export function connecting({ gateway }: AddressScope): PermissionStatement[] {
  if (gateway === undefined) return [];
  const associations = 'ecs:ListGatewayClusterAssociations';
  return [
    statement('learns whether a gateway is public', 'ecs:DescribeGateway', gateway),
    statement(`learns whether a gateway is that of the cluster: ${UNBOUND}`, associations, '*'),
  ];
}

/*
 * Elastic Load Balancing binds no Describe action to a resource:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
 */
const seeingGroups = statement(
  `finds the target groups of tenants: ${UNBOUND}`,
  'elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeTags',
  '*',
);

export function listingHosts({ listener }: AddressScope): PermissionStatement[] {
  return listener === undefined ? [] : [seeingGroups];
}

export function seeingHosts({ listener }: AddressScope): PermissionStatement[] {
  if (listener === undefined) return [];
  const reason = `reads the protocol and the port of the listener: ${UNBOUND}`;
  return [seeingGroups, statement(reason, 'elasticloadbalancing:DescribeListeners', '*')];
}

export function endingHosts(scope: AddressScope): PermissionStatement[] {
  const { balancing, listener } = scope;
  if (listener === undefined) return [];
  const owned = withTags('ResourceTag', scope);
  const finding = 'elasticloadbalancing:DescribeListeners elasticloadbalancing:DescribeRules';
  return [
    seeingGroups,
    statement(`finds the rules of tenants: ${UNBOUND}`, finding, '*'),
    statement(
      'removes the target groups of tenants',
      'elasticloadbalancing:DeleteTargetGroup',
      `${balancing}:targetgroup/${GROUP_PREFIX}*`,
      owned,
    ),
    statement(
      'removes the rules of tenants',
      'elasticloadbalancing:DeleteRule',
      `${balancing}:listener-rule/app/*`,
      owned,
    ),
  ];
}

export function hosting(scope: AddressScope): PermissionStatement[] {
  const { listener, balancing } = scope;
  if (listener === undefined) return [];
  const groups = `${balancing}:targetgroup/${GROUP_PREFIX}*`;
  const rules = `${balancing}:listener-rule/app/*`;
  const made = withTags('RequestTag', scope);
  const owned = withTags('ResourceTag', scope);
  const creating = { 'elasticloadbalancing:CreateAction': ['CreateTargetGroup', 'CreateRule'] };
  const reading = ['LoadBalancers', 'AccountLimits', 'TargetGroupAttributes'];
  const reads = reading.map((what) => `elasticloadbalancing:Describe${what}`).join(' ');
  return [
    ...endingHosts(scope),
    statement(`learns the VPC and the room of the load balancer: ${UNBOUND}`, reads, '*'),
    statement('makes the target group of a tenant', 'elasticloadbalancing:CreateTargetGroup', groups, made),
    statement('makes the rule of a tenant', 'elasticloadbalancing:CreateRule', listener, made),
    statement('tags them when they are made', 'elasticloadbalancing:AddTags', [groups, rules], {
      StringEquals: creating,
    }),
    statement(
      'corrects the target group of a tenant',
      'elasticloadbalancing:ModifyTargetGroup elasticloadbalancing:ModifyTargetGroupAttributes ' +
        'elasticloadbalancing:AddTags',
      groups,
      owned,
    ),
    statement('corrects the hosts of a tenant', 'elasticloadbalancing:ModifyRule', rules, owned),
  ];
}
