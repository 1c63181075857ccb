import type { ContainerDefinition, Task } from '@aws-sdk/client-ecs';
import { TENANT_LABEL } from '../../../compute/labels.ts';
import type { Endpoint } from '../../../compute/results.ts';
import { isRouteLost } from '../address/gateway.ts';
import { hostOf } from '../address/hosts.ts';
import { urlOf } from '../address/listener.ts';
import { discoveryName } from '../names.ts';
import type { OperatorSettings } from '../settings.ts';
import { ADDRESS_LABEL } from '../tags.ts';
import type { Observation, ObservedRollout } from './observe.ts';

/**
 * Returns the endpoints of a tenant: the URL of its gateway or load balancer, its name in Cloud Map, or its Service Connect
 * names, which all stay the same. Without any of these, it is the private address of each task, which changes when the task
 * is replaced. Public addresses are not included: only EC2 knows them, and Berth has no permission to call EC2.
 */
export function endpointsOf(
  { service, running, route, listener, tags }: Observation,
  serving: ObservedRollout | undefined,
  { load_balancer, service_registry }: OperatorSettings,
): Endpoint[] {
  const containers = serving?.revision?.containers ?? [];
  const ports = exposedPorts(containers);
  if (route?.url !== undefined && !isRouteLost(route)) return [fromUrl(route.url)];
  if (listener && load_balancer?.host !== undefined) {
    const hosts = [hostOf(load_balancer.host, tags[TENANT_LABEL] ?? ''), addressLabel(containers) ?? []].flat();
    return [...new Set(hosts)].map((host) => fromUrl(urlOf(listener, host)));
  }
  const address = addressLabel(containers) ?? load_balancer?.url ?? service_registry?.dns_name;
  if (address !== undefined) {
    return URL.canParse(address) ? [fromUrl(address)] : ports.map((port) => toStableEndpoint(address, port));
  }
  const { enabled, namespace } = serving?.deployment.serviceConnectConfiguration ?? {};
  if (enabled && namespace) {
    return ports.flatMap((port) => {
      const name = port.name && discoveryName(service.serviceName ?? '', port.name);
      return name ? [toStableEndpoint(`${name}.${namespace}`, port)] : [];
    });
  }
  return running
    .filter((task) => task.taskDefinitionArn === serving?.deployment.taskDefinition && task.lastStatus === 'RUNNING')
    .toSorted((a, b) => (a.taskArn ?? '').localeCompare(b.taskArn ?? ''))
    .flatMap((task) => privateAddress(task) ?? [])
    .flatMap((taskAddress) => ports.map((port) => toEndpoint(taskAddress, port)));
}

function addressLabel(containers: readonly ContainerDefinition[]): string | undefined {
  return containers.map(({ dockerLabels }) => dockerLabels?.[ADDRESS_LABEL]).find(Boolean);
}

interface ExposedPort {
  port: number;
  protocol: string;
  /** Name of the port mapping. */
  name: string | undefined;
  /** True if an http health check calls this port. */
  isHttp: boolean;
}

function exposedPorts(containers: readonly ContainerDefinition[]): ExposedPort[] {
  return containers.flatMap(({ portMappings = [], healthCheck }) =>
    portMappings.flatMap(({ containerPort, protocol = 'tcp', name }) => {
      if (containerPort === undefined) return [];
      const url = `http://127.0.0.1:${containerPort}/`;
      const isHttp = healthCheck?.command?.some((part) => part.startsWith(url)) ?? false;
      return [{ port: containerPort, protocol, name, isHttp }];
    }),
  );
}

function toEndpoint(address: string, { port, protocol, isHttp }: ExposedPort): Endpoint {
  return isHttp ? { type: 'http', address, port, url: `http://${address}:${port}` } : { type: protocol, address, port };
}

function toStableEndpoint(address: string, port: ExposedPort): Endpoint {
  return { ...toEndpoint(address, port), stable: true };
}

function fromUrl(url: string): Endpoint {
  const { protocol, hostname, port } = new URL(url);
  const defaultPort = protocol === 'https:' ? 443 : 80;
  return { type: 'http', address: hostname, port: Number(port) || defaultPort, url, stable: true };
}

function privateAddress({ attachments = [] }: Task): string | undefined {
  const details = attachments.find(({ type }) => type === 'ElasticNetworkInterface')?.details ?? [];
  return details.find(({ name }) => name === 'privateIPv4Address')?.value;
}
