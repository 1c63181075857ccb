import { App, Stack } from 'aws-cdk-lib';
import { type Manager, type Provider, Registry, silentLogger, type TenantComputeSpec } from 'berth';
import { type Client, createClient, ProblemError, type TenantComputeSpec as Wanted } from 'berth/client';
import { providerSuite, type Subject } from 'berth/conformance';
import { Berth, type BerthProps, EcsFabric } from 'berth/infra';

const spec: TenantComputeSpec = {
  tenant_id: 'acme',
  provider_type: 'ecs',
  containers: [{ name: 'web', image: 'nginx:1', ports: [{ container_port: 80, protocol: 'tcp' }] }],
  resources: { cpu: 256, memory: 512 },
};

const wanted: Wanted = {
  tenant_id: 'acme',
  provider_type: 'ecs',
  containers: [{ name: 'web', image: 'nginx:1' }],
  resources: { cpu: 256, memory: 512 },
};

export async function use(client: Client, manager: Manager, provider: Provider, subject: Subject): Promise<string> {
  const registry = new Registry(silentLogger);
  registry.register(provider);
  providerSuite('elsewhere', subject);
  const { status } = await manager.provisionTenant(spec);
  const { operationId } = await client.provisionTenant(wanted);
  return `${status satisfies 'success' | 'in_progress' | 'failed'} ${operationId satisfies string | undefined}`;
}

// @ts-expect-error a port is a number
export const wrongPort = { ...spec.containers[0]?.ports?.[0], container_port: '80' } satisfies {
  container_port: number;
};
// @ts-expect-error the API has no such operation
createClient({ endpoint: 'http://127.0.0.1:8787' }).launchTenant(wanted);

const fabric = new EcsFabric(new Stack(new App(), 'Fabric'), 'Fabric');
const props: BerthProps = { providers: { memory: { type: 'memory' }, ecs: fabric.provider({ desired_count: 2 }) } };
const berth = new Berth(new Stack(new App(), 'Tenants'), 'Berth', props);
export const endpoint: string = berth.http.api.apiEndpoint;
export const isProblem = (error: unknown): boolean => error instanceof ProblemError && error.retryable;
