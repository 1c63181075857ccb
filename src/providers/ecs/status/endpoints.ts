import type { ContainerDefinition, Task } from '@aws-sdk/client-ecs';
import type { Endpoint } from '../../../compute/results.ts';
import type { EcsConfig } from '../config.ts';
import { discoveryName } from '../names.ts';
import type { Observation, ObservedRollout } from '../rollout/observe.ts';
import { ADDRESS_LABEL } from '../tags.ts';

/**
 * Where a tenant answers. The name of a load balancer or of Cloud Map is what the settings said, Service Connect's follows
 * from the names; without any, it is the private address of each task, which changes with the task. Public addresses are
 * known to EC2 only, which Berth does not ask.
 */
export function endpointsOf(observation: Observation, serving: ObservedRollout | undefined, config: EcsConfig): Endpoint[] {
  const containers = serving?.revision?.containers ?? [];
  const ports = portsOf(containers);
  const address = addressOf(containers) ?? config.load_balancer?.url ?? config.service_registry?.dns_name;
  if (address !== undefined) {
    return URL.canParse(address) ? [fromUrl(address)] : ports.map((port) => toEndpoint(address, port));
  }
  const { enabled, namespace } = serving?.deployment.serviceConnectConfiguration ?? {};
  if (enabled && namespace) {
    const service = observation.service.serviceName ?? '';
    const names = ports.filter(({ name }) => name !== undefined);
    return names.map((port) => toEndpoint(`${discoveryName(service, port.name ?? '')}.${namespace}`, port));
  }
  const tasks = observation.running
    .filter((task) => task.taskDefinitionArn === serving?.deployment.taskDefinition && task.lastStatus === 'RUNNING')
    .toSorted((a, b) => (a.taskArn ?? '').localeCompare(b.taskArn ?? ''));
  return tasks.flatMap((task) => {
    const address = privateAddress(task);
    return address ? ports.map((port) => toEndpoint(address, port)) : [];
  });
}

function addressOf(containers: readonly ContainerDefinition[]): string | undefined {
  return containers.map(({ dockerLabels }) => dockerLabels?.[ADDRESS_LABEL]).find(Boolean);
}

interface Port {
  port: number;
  protocol: string;
  name: string | undefined;
  isHttp: boolean;
}

function portsOf(containers: readonly ContainerDefinition[]): Port[] {
  return containers.flatMap(({ portMappings = [], healthCheck }) =>
    portMappings.flatMap(({ containerPort, protocol = 'tcp', name }) => {
      if (containerPort === undefined) return [];
      const isHttp =
        healthCheck?.command?.some((part) => part.startsWith(`http://127.0.0.1:${containerPort}/`)) ?? false;
      return [{ port: containerPort, protocol, name, isHttp }];
    }),
  );
}

function toEndpoint(address: string, { port, protocol, isHttp }: Port): Endpoint {
  return isHttp ? { type: 'http', address, port, url: `http://${address}:${port}` } : { type: protocol, address, port };
}

function fromUrl(url: string): Endpoint {
  const { protocol, hostname, port } = new URL(url);
  const isTls = protocol === 'https:';
  return { type: 'http', address: hostname, port: Number(port) || (isTls ? 443 : 80), url };
}

function privateAddress({ attachments = [] }: Task): string | undefined {
  const details = attachments.find(({ type }) => type === 'ElasticNetworkInterface')?.details ?? [];
  return details.find(({ name }) => name === 'privateIPv4Address')?.value;
}
