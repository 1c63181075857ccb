import type { GatewayConnector } from '@aws-sdk/client-ecs';
import { expect, onTestFinished, test } from 'vitest';
import { ProviderFailedError } from '../../../../src/compute/errors.ts';
import { verdictOf } from '../../../../src/tenants/reconcile/verdict.ts';
import { refusal } from '../../../conformance/expectations.ts';
import { ACCOUNT, REGION } from '../../../support/fake-ecs/fake-ecs.ts';
import { defaults, inventory } from '../ecs-subject.ts';
import { ecsSpec, issuesOf, openEcs, plan, ROLLOUT, withImage } from '../open-ecs.ts';

const gatewayArn = (name: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:gateway/${name}/a1b2c3d4`;
const apps = { arn: gatewayArn('apps'), accessType: 'PUBLIC' as const, clusters: ['tenants'] };
const inside = { arn: gatewayArn('inside'), accessType: 'PRIVATE' as const, clusters: ['tenants'] };
const others = { arn: gatewayArn('others'), accessType: 'PUBLIC' as const, clusters: ['others'] };
const gateways = [apps, inside, others];
const withGateway = (arn = apps.arn) => ({ ...defaults, gateway: { arn } });

async function open() {
  const ecs = await openEcs({ gateways });
  onTestFinished(() => ecs[Symbol.asyncDispose]());
  return { ...ecs, provider: ecs.provide({ defaults: withGateway() }) };
}

const connectorsOf = ({ fake }: Awaited<ReturnType<typeof open>>): GatewayConnector[] =>
  [...fake.state.services.values()].flatMap(({ deployments }) => deployments[0]?.settings.gatewayConnectors ?? []);

test('the URL of the route is the endpoint, and stays over ten updates, a rollback and a restart', async () => {
  const ecs = await open();
  const spec = ecsSpec('acme');
  await ecs.provider.provision(spec);
  await ecs.pass(ROLLOUT);
  const { endpoints, state } = await ecs.provider.getStatus('acme');
  expect(state).toBe('running');
  expect(endpoints).toEqual([
    { type: 'http', address: expect.stringMatching(/\.on\.aws$/), port: 443, url: expect.any(String), stable: true },
  ]);
  expect(endpoints[0]?.url).toMatch(/^https:\/\//);
  for (let version = 2; version <= 11; version += 1) {
    await ecs.provider.update('acme', withImage(spec, `good.example/app:${version}`));
    await ecs.pass(ROLLOUT);
    expect((await ecs.provider.getStatus('acme')).endpoints, `version ${version}`).toEqual(endpoints);
  }
  await ecs.provider.update('acme', withImage(spec, 'missing.example/app:12'));
  await ecs.pass(5 * ROLLOUT);
  expect((await ecs.provider.getStatus('acme')).endpoints).toEqual(endpoints);
  await ecs.provider.update('acme', spec, { restart: 'acme.1' });
  await ecs.pass(ROLLOUT);
  expect((await ecs.provider.getStatus('acme')).endpoints).toEqual(endpoints);
});

test('a tenant counts as up only when the gateway has made its route', async () => {
  const ecs = await open();
  ecs.fake.state.timing.route = 3 * ROLLOUT;
  await ecs.provider.provision(ecsSpec('acme'));
  await ecs.pass(ROLLOUT);
  const early = await ecs.provider.getStatus('acme');
  const spec_hash = early.metadata.spec_hash ?? '';
  expect(verdictOf(early, { spec_hash })).toEqual({
    kind: 'waiting',
    message: 'waiting: the gateway makes the route of the tenant',
  });
  await ecs.pass(3 * ROLLOUT);
  expect(verdictOf(await ecs.provider.getStatus('acme'), { spec_hash })).toEqual({ kind: 'serves' });
});

test('a route that came to nothing fails the operation, and the next update makes another', async () => {
  const ecs = await open();
  const spec = ecsSpec('acme');
  await ecs.provider.provision(spec);
  for (const route of ecs.fake.state.routes.values()) route.status = 'CREATE_FAILED';
  await ecs.pass(ROLLOUT);
  const { metadata, endpoints } = await ecs.provider.getStatus('acme');
  expect(endpoints.every(({ stable }) => !stable)).toBe(true);
  expect(metadata.failure).toMatch(/^the gateway could not make the route .*gateway-route\/apps/);
  expect(metadata.failed_spec_hash).toBe(metadata.spec_hash);
  expect(await ecs.provider.update('acme', spec)).toMatchObject({ status: 'in_progress' });
});

test('a route that is gone is an open step, which the next call with the same specification takes', async () => {
  const ecs = await open();
  const spec = ecsSpec('acme');
  await ecs.provider.provision(spec);
  await ecs.pass(ROLLOUT);
  ecs.fake.call('UpdateService', { cluster: 'tenants', service: 'berth-ecs_acme', gatewayConnectors: [] });
  await ecs.pass(ROLLOUT);
  expect((await ecs.provider.getStatus('acme')).metadata.open_steps).toBe('the route of the gateway');
  await ecs.provider.update('acme', spec);
  await ecs.pass(ROLLOUT);
  const { metadata, endpoints } = await ecs.provider.getStatus('acme');
  expect(metadata.open_steps).toBeUndefined();
  expect(endpoints).toMatchObject([{ stable: true }]);
});

test('a tenant of a private gateway gets no route on a public one of the same cluster', async () => {
  const ecs = await open();
  await ecs.provide({ defaults: withGateway(inside.arn) }).provision(ecsSpec('acme'));
  expect(connectorsOf(ecs)).toMatchObject([{ filters: { accessTypes: ['PRIVATE'] } }]);
  expect([...ecs.fake.state.routes.values()].map(({ gateway }) => gateway)).toEqual([inside.arn]);
});

test.each([
  ['of another cluster', others.arn, 'is not associated with the cluster'],
  ['that does not exist', gatewayArn('none'), 'does not exist'],
])('a gateway %s is refused before anything is made', async (_name, arn, message) => {
  const ecs = await open();
  const provider = ecs.provide({ defaults: withGateway(arn) });
  const error = await refusal(provider.provision(ecsSpec('acme')), ProviderFailedError);
  expect(error.message).toContain(message);
  expect(error.message).toContain(arn);
  expect(error.hint).toContain('gateway.arn');
  expect(error.retryable).toBe(false);
  expect(inventory(ecs.fake)).toEqual([]);
});

test('tenants are brought over to a gateway that the operator sets, and back when it goes', async () => {
  const ecs = await open();
  const bare = ecs.provide();
  const spec = ecsSpec('acme');
  await bare.provision(spec);
  await ecs.pass(ROLLOUT);
  expect((await ecs.provider.getStatus('acme')).metadata.open_steps).toContain('settings of the provider');
  await ecs.provider.update('acme', spec);
  await ecs.pass(ROLLOUT);
  expect((await ecs.provider.getStatus('acme')).endpoints).toMatchObject([{ port: 443, stable: true }]);
  expect(await ecs.provider.update('acme', spec)).toMatchObject({ status: 'no_changes' });
  await bare.update('acme', spec);
  await ecs.pass(ROLLOUT);
  expect(ecs.fake.state.routes.size).toBe(0);
  expect((await bare.getStatus('acme')).endpoints).toMatchObject([{ type: 'tcp', port: 8080 }]);
});

test('a destroy removes the route', async () => {
  const ecs = await open();
  await ecs.provider.provision(ecsSpec('acme'));
  await ecs.pass(ROLLOUT);
  await ecs.provider.destroy('acme');
  await ecs.pass(ROLLOUT);
  expect(ecs.fake.state.routes.size).toBe(0);
  expect(inventory(ecs.fake)).toEqual([]);
});

const web = { name: 'web', image: 'good.example/app:1', ports: [{ container_port: 8080, protocol: 'tcp' as const }] };
const gateway = { arn: apps.arn };
const connectorOf = (container: object) =>
  plan(ecsSpec('acme', { containers: [{ ...web, ...container }] }), { gateway }).service.gatewayConnectors?.[0];

test('the health check of the container becomes that of the gateway', () => {
  const health_check = {
    type: 'http' as const,
    http_path: '/health',
    port: 9000,
    interval_seconds: 20,
    timeout_seconds: 4,
    healthy_threshold: 1,
    unhealthy_threshold: 3,
  };
  expect(connectorOf({ health_check })).toMatchObject({
    portName: 'web-8080',
    healthCheck: {
      healthCheckPath: '/health',
      healthCheckPort: 9000,
      healthCheckIntervalSeconds: 20,
      healthCheckTimeoutSeconds: 4,
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 3,
      matcher: { httpCode: '200-399' },
    },
  });
});

test('without an http health check, every answer below 500 counts', () => {
  expect(connectorOf({})?.healthCheck).toMatchObject({ healthCheckPath: '/', matcher: { httpCode: '200-499' } });
});

test('a gateway needs a tcp port, or the name of a port of a given task definition', () => {
  const udp = { ...web, ports: [{ container_port: 53, protocol: 'udp' as const }] };
  expect(issuesOf(ecsSpec('acme', { containers: [udp] }), { gateway })).toEqual([
    { pointer: '/provider_config/gateway', message: 'the gateway needs a tcp port of the specification' },
  ]);
  const task_definition_arn = `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/app:1`;
  expect(issuesOf(ecsSpec('acme'), { gateway, task_definition_arn })).toEqual([
    { pointer: '/provider_config/gateway', message: expect.stringContaining('port_name') },
  ]);
  const named = plan(ecsSpec('acme'), { gateway: { ...gateway, port_name: 'http' }, task_definition_arn });
  expect(named.service.gatewayConnectors).toEqual([{ portName: 'http' }]);
});
