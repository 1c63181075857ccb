import type { AccessType, GatewayConnector, GatewayRouteStatus, GatewayRouteSummary } from '@aws-sdk/client-ecs';
import { ProviderFailedError } from '../../../compute/errors.ts';
import { nameOf } from '../api/aws-error.ts';
import { pages } from '../api/responses.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Plan } from '../rollout/plan.ts';

/*
 * An ECS Gateway
 *
 * A gateway is associated with clusters. A service of such a cluster that has a connector gets a route on every compatible
 * gateway of the cluster, and each route has an HTTPS host name that stays with it. A connector names a port and filters
 * gateways by their access type; it does not name a gateway. So the filter is that of the gateway in the settings: a tenant
 * meant for a private gateway is never reachable through a public one of the same cluster.
 *
 * ECS does not show the connector with the service. The route tells which port it leads to, and whether it works.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/gateway-connect-service.html
 */

/** The route of a service on the gateway of the settings. */
export interface Route {
  arn: string;
  status: GatewayRouteStatus | undefined;
  portName: string | undefined;
  url: string | undefined;
}

/** A route that is not there, or goes, or came to nothing, is made by setting the connector again. */
export function isRouteLost(route: Route | undefined): boolean {
  return route === undefined || /^(?:DELETE|CREATE_FAILED)/.test(route.status ?? '');
}

/** Reads the route of a service, if the settings have a gateway. Returns undefined where there is none. */
export async function readRoute(
  { send, settings }: ProviderContext,
  serviceArn: string | undefined,
): Promise<Route | undefined> {
  const { gateway, cluster_arn } = settings;
  if (!gateway || !serviceArn) return undefined;
  const input = { gateway: gateway.arn, cluster: cluster_arn, service: serviceArn };
  const found: GatewayRouteSummary[] = [];
  try {
    for await (const { gatewayRoutes = [] } of pages(send, 'ListGatewayRoutes', input)) found.push(...gatewayRoutes);
    const newest = found.find(({ status = '' }) => !status.startsWith('DELETE')) ?? found[0];
    if (!newest?.gatewayRouteArn) return undefined;
    const { gatewayRoute = {} } = await send('DescribeGatewayRoute', { gatewayRouteArn: newest.gatewayRouteArn });
    return {
      arn: newest.gatewayRouteArn,
      status: gatewayRoute.status ?? newest.status,
      portName: gatewayRoute.serviceContainerPortName ?? newest.serviceContainerPortName,
      url: gatewayRoute.serviceUrl,
    };
  } catch (error) {
    if (isGone(error)) return undefined; // deleted between the two calls, or with its gateway
    throw error;
  }
}

/** Completes a plan with what only AWS knows of the address: the access type of its gateway. */
export async function withAddress(context: ProviderContext, plan: Plan): Promise<Plan> {
  const [connector] = plan.service.gatewayConnectors ?? [];
  if (!connector) return plan;
  return { ...plan, service: { ...plan.service, gatewayConnectors: await connectTo(context, connector) } };
}

/**
 * Returns the connectors of a service: one that only gateways with the access type of the setting take. Throws where the
 * gateway does not exist, or is not associated with the cluster, which ECS would not tell apart.
 */
async function connectTo(
  { send, settings, provider }: ProviderContext,
  connector: GatewayConnector,
): Promise<GatewayConnector[]> {
  const { gateway, cluster_arn } = settings;
  if (!gateway) return [];
  const { arn } = gateway;
  const accessType = await accessTypeOf({ send, provider }, arn);
  const input = { gateway: arn, cluster: cluster_arn, status: ['ACTIVE' as const] };
  for await (const { gatewayClusterAssociations = [] } of pages(send, 'ListGatewayClusterAssociations', input)) {
    if (gatewayClusterAssociations.some(({ clusterArn }) => clusterArn === cluster_arn)) {
      return [{ ...connector, ...(accessType && { filters: { accessTypes: [accessType] } }) }];
    }
  }
  throw refusal(`the gateway ${arn} of ${provider} is not associated with the cluster ${cluster_arn}`, [
    'The operator has to associate them (aws ecs associate-gateway-with-cluster),',
    'or to set gateway.arn to a gateway of the cluster.',
  ]);
}

async function accessTypeOf(
  { send, provider }: Pick<ProviderContext, 'send' | 'provider'>,
  arn: string,
): Promise<AccessType | undefined> {
  try {
    const { gateway } = await send('DescribeGateway', { gateway: arn });
    if (gateway?.status !== 'DELETED') return gateway?.accessType;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  throw refusal(`the gateway ${arn} of ${provider} does not exist`, [
    'The operator has to correct gateway.arn in the defaults of this provider.',
  ]);
}

function isGone(error: unknown): boolean {
  return ['GatewayNotFoundException', 'ResourceNotFoundException'].includes(nameOf(error));
}

function refusal(message: string, hint: readonly string[]): ProviderFailedError {
  return new ProviderFailedError(message, { hint: hint.join(' '), retryable: false });
}
