import type * as sdk from '@aws-sdk/client-ecs';
import { EcsError, invalidParameter } from './ecs-error.ts';
import { arn, type DefinitionRecord, type EcsState, nextId, type ServiceRecord } from './ecs-state.ts';
import { page } from './paging.ts';
import { clusterOf, findService } from './service-operations.ts';

/** A gateway, and the clusters that are associated with it. */
export interface GatewayRecord {
  arn: string;
  accessType: sdk.AccessType;
  clusters: readonly string[];
}

/** The route of a service on one gateway. */
export interface RouteRecord {
  arn: string;
  gateway: string;
  service: string;
  portName: string;
  url: string;
  /** When it becomes ACTIVE. */
  activeAt: number;
  status?: sdk.GatewayRouteStatus;
}

export const gatewayOperations = {
  DescribeGateway(state: EcsState, { gateway }: sdk.DescribeGatewayRequest) {
    const { arn: gatewayArn, accessType } = gatewayOf(state, gateway);
    return { gateway: { gatewayArn, name: nameOf(gatewayArn), accessType, status: 'ACTIVE' } };
  },

  ListGatewayClusterAssociations(state: EcsState, input: sdk.ListGatewayClusterAssociationsRequest) {
    const all = [...state.gateways.values()]
      .filter((one) => input.gateway === undefined || one === gatewayOf(state, input.gateway))
      .flatMap(({ arn: gatewayArn, clusters }) =>
        clusters.map((name) => ({ gatewayArn, clusterArn: arn(state, `cluster/${name}`), status: 'ACTIVE' })),
      )
      .filter(({ clusterArn }) => input.cluster === undefined || clusterArn.endsWith(`/${lastOf(input.cluster)}`));
    const { items, nextToken } = page(all, input, {
      standard: 100,
      keyOf: (one) => `${one.gatewayArn} ${one.clusterArn}`,
    });
    return { gatewayClusterAssociations: items, nextToken };
  },

  ListGatewayRoutes(state: EcsState, input: sdk.ListGatewayRoutesRequest) {
    const gateway = input.gateway === undefined ? undefined : gatewayOf(state, input.gateway).arn;
    const cluster = clusterOf(state, input.cluster);
    const service = input.service && findService(state, cluster, input.service)?.service.serviceArn;
    const all = [...state.routes.values()].filter(
      (one) =>
        (gateway === undefined || one.gateway === gateway) && (input.service === undefined || one.service === service),
    );
    const { items, nextToken } = page(all, input, { standard: 100, keyOf: (one) => one.arn });
    const summaries = items.map((one) => ({
      gatewayRouteArn: one.arn,
      gatewayArn: one.gateway,
      clusterArn: arn(state, `cluster/${cluster}`),
      serviceArn: one.service,
      serviceContainerPortName: one.portName,
      status: statusOf(state, one),
    }));
    return { gatewayRoutes: summaries, nextToken };
  },

  DescribeGatewayRoute(state: EcsState, { gatewayRouteArn }: sdk.DescribeGatewayRouteRequest) {
    const route = state.routes.get(gatewayRouteArn ?? '');
    if (!route) throw new EcsError('ResourceNotFoundException', 'The specified gateway route was not found.');
    return {
      gatewayRoute: {
        gatewayRouteArn,
        serviceArn: route.service,
        serviceContainerPortName: route.portName,
        status: statusOf(state, route),
        serviceUrl: route.url,
      },
    };
  },
};

/** Throws what CreateService and UpdateService refuse of connectors. */
export function validateConnectors(
  state: EcsState,
  cluster: string,
  connectors: readonly sdk.GatewayConnector[] = [],
  { definition }: DefinitionRecord,
): void {
  const [connector, ...more] = connectors;
  if (!connector) return;
  if (more.length > 0) throw invalidParameter('A service can have at most one gateway connector.');
  if (gatewaysFor(state, cluster, {}).length === 0) {
    throw invalidParameter('gatewayConnectors were specified but no gateways are associated with the cluster.');
  }
  if (gatewaysFor(state, cluster, connector).length === 0) {
    throw invalidParameter('No gateway of the cluster is compatible with the service.');
  }
  const names = definition.containerDefinitions?.flatMap(({ portMappings = [] }) =>
    portMappings.map(({ name }) => name),
  );
  if (definition.networkMode !== 'awsvpc' || !names?.includes(connector.portName)) {
    throw invalidParameter(`portName(${connector.portName}) does not refer to any named PortMapping.`);
  }
  const { healthCheckTimeoutSeconds = 5, healthCheckIntervalSeconds = 15 } = connector.healthCheck ?? {};
  if (healthCheckTimeoutSeconds >= healthCheckIntervalSeconds) throw invalidParameter('Health check timeout');
}

/** Makes the routes of a service as its primary deployment wants them. A route stays for as long as its port does. */
export function syncRoutes(state: EcsState, record: ServiceRecord): void {
  const [connector] = record.deployments[0]?.settings.gatewayConnectors ?? [];
  const isGone = record.service.status === 'INACTIVE' || !connector;
  const wanted = isGone ? [] : gatewaysFor(state, record.cluster, connector).map((one) => one.arn);
  const { serviceArn, serviceName } = record.service;
  const own = [...state.routes.values()].filter(({ service }) => service === serviceArn);
  for (const route of own) {
    const stays = wanted.includes(route.gateway) && route.portName === connector?.portName;
    if (!stays) state.routes.delete(route.arn);
  }
  for (const gateway of wanted) {
    const portName = connector?.portName ?? '';
    if (own.some((one) => one.gateway === gateway && one.portName === portName)) continue;
    const id = nextId(state, 32);
    const routeArn = `${gateway.replace(':gateway/', ':gateway-route/')}/${id}`;
    state.routes.set(routeArn, {
      arn: routeArn,
      gateway,
      service: serviceArn,
      portName,
      url: `https://${serviceName.toLowerCase().replaceAll('_', '-')}-${Number(id)}.ecs.${state.region}.on.aws`,
      activeAt: state.at + state.timing.route,
    });
  }
}

function gatewaysFor(state: EcsState, cluster: string, { filters }: Partial<sdk.GatewayConnector>): GatewayRecord[] {
  const { accessTypes } = filters ?? {};
  return [...state.gateways.values()].filter(
    ({ clusters, accessType }) => clusters.includes(cluster) && (accessTypes?.includes(accessType) ?? true),
  );
}

function gatewayOf(state: EcsState, gateway = ''): GatewayRecord {
  const found = state.gateways.get(gateway);
  if (!found) throw new EcsError('GatewayNotFoundException', 'The specified gateway was not found.');
  return found;
}

function statusOf(state: EcsState, { status, activeAt }: RouteRecord): sdk.GatewayRouteStatus {
  return status ?? (state.at >= activeAt ? 'ACTIVE' : 'CREATE_IN_PROGRESS');
}

function nameOf(gatewayArn: string): string {
  return gatewayArn.split('/')[1] ?? '';
}

function lastOf(text: string): string {
  return text.split('/').at(-1) ?? '';
}
