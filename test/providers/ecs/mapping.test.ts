import { expect, test } from 'vitest';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import { startOrderIssues, toDependencies } from '../../../src/providers/ecs/order/start-order.ts';
import { aContainer } from '../../support/specs.ts';
import { EXECUTION_ROLE } from './ecs-subject.ts';
import { ecsSpec, plan } from './open-ecs.ts';

function definitionOf(spec: TenantComputeSpec, settings?: Record<string, unknown>) {
  return plan(spec, settings).definition?.input;
}

test('a task definition contains every field of the specification', () => {
  const spec = validateComputeSpec({
    tenant_id: 'acme',
    provider_type: 'ecs',
    containers: [
      {
        name: 'web',
        image: 'registry.example/web:1',
        command: ['/bin/web'],
        args: ['--port', '8080'],
        env: { B: '2', A: '1' },
        ports: [
          { container_port: 8080, name: 'http' },
          { container_port: 9000, protocol: 'udp' },
        ],
        health_check: {
          type: 'exec',
          command: ['/bin/check', 'it'],
          interval_seconds: 20,
          timeout_seconds: 5,
          unhealthy_threshold: 4,
        },
        resources: { cpu: 500, memory: 512 },
      },
      { name: 'worker', image: 'registry.example/worker:1' },
    ],
    resources: { cpu: 1000, memory: 2048, storage: 30_720 },
    secrets: [{ name: 'token', source: 'aws-secrets-manager', key: 'berth/acme/token:json-key', env_var: 'TOKEN' }],
    labels: { team: 'payments' },
  });
  const secrets = [
    { name: 'TOKEN', valueFrom: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:berth/acme/token:json-key::' },
  ];
  expect(
    definitionOf(spec, { log_group: '/tenants', cpu_architecture: 'ARM64', health_check_start_seconds: 30 }),
  ).toEqual({
    family: 'berth-ecs_acme',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '1024',
    memory: '2048',
    runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
    executionRoleArn: EXECUTION_ROLE,
    ephemeralStorage: { sizeInGiB: 30 },
    containerDefinitions: [
      {
        name: 'web',
        image: 'registry.example/web:1',
        essential: true,
        entryPoint: ['/bin/web'],
        command: ['--port', '8080'],
        environment: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        secrets,
        portMappings: [
          { containerPort: 8080, protocol: 'tcp' },
          { containerPort: 9000, protocol: 'udp' },
        ],
        cpu: 512,
        memory: 512,
        healthCheck: { command: ['CMD', '/bin/check', 'it'], interval: 20, timeout: 5, retries: 4, startPeriod: 30 },
        logConfiguration: logsOf('berth-ecs_acme'),
        dockerLabels: { 'berth.fields': expect.any(String) },
      },
      {
        name: 'worker',
        image: 'registry.example/worker:1',
        essential: true,
        secrets,
        logConfiguration: logsOf('berth-ecs_acme'),
      },
    ],
    tags: [
      { key: 'berth.cluster', value: 'tenants' },
      { key: 'berth.content_hash', value: expect.stringMatching(/^[0-9a-f]{32}$/) },
      { key: 'berth.owner', value: 'berth' },
      { key: 'berth.provider', value: 'ecs' },
      { key: 'berth.spec_hash', value: specHash(spec) },
      { key: 'berth.tenant_id', value: 'acme' },
      { key: 'team', value: 'payments' },
    ],
  });
});

test('a service has the circuit breaker, no execute-command, and a public address only on request', () => {
  const { service } = plan(ecsSpec('acme'));
  expect(service).toEqual({
    desiredCount: 1,
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: ['subnet-0aaaaaaa'],
        securityGroups: ['sg-0aaaaaaa'],
        assignPublicIp: 'DISABLED',
      },
    },
    deploymentConfiguration: {
      strategy: 'ROLLING',
      deploymentCircuitBreaker: { enable: true, rollback: true },
      minimumHealthyPercent: 100,
      maximumPercent: 200,
    },
    propagateTags: 'TASK_DEFINITION',
    enableECSManagedTags: true,
    enableExecuteCommand: false,
  });
  const isPublic = (spec: TenantComputeSpec, given = {}) =>
    plan(spec, given).service.networkConfiguration?.awsvpcConfiguration?.assignPublicIp;
  expect(isPublic(ecsSpec('acme', { networking: { public_ip: true } }))).toBe('ENABLED');
  expect(isPublic(ecsSpec('acme'), { assign_public_ip: true })).toBe('ENABLED');
  expect(isPublic(ecsSpec('acme', { networking: { public_ip: false } }), { assign_public_ip: true })).toBe('DISABLED');
});

test('capacity providers, a load balancer, Cloud Map and Service Connect come from the settings', () => {
  const target = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/acme/73e2d6bc24d8a067';
  const registry = 'arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-utcrh6wavdkggqtk';
  const { service, definition } = plan(ecsSpec('acme'), {
    capacity_providers: [{ name: 'FARGATE_SPOT' }],
    platform_version: '1.4.0',
    load_balancer: { target_group_arn: target },
    service_registry: { registry_arn: registry },
    service_connect: { namespace: 'tenants.internal' },
  });
  expect(service).toMatchObject({
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1, base: 0 }],
    platformVersion: '1.4.0',
    loadBalancers: [{ targetGroupArn: target, containerName: 'web', containerPort: 8080 }],
    healthCheckGracePeriodSeconds: 60,
    serviceRegistries: [{ registryArn: registry }],
    serviceConnectConfiguration: {
      enabled: true,
      namespace: 'tenants.internal',
      services: [{ portName: 'web-8080', discoveryName: 'berth-ecs_acme-web-8080', clientAliases: [{ port: 8080 }] }],
    },
  });
  expect(definition?.input.containerDefinitions?.[0]?.portMappings).toEqual([
    { containerPort: 8080, protocol: 'tcp', name: 'web-8080' },
  ]);
});

test('sizes are not rounded on the operator’s own instances', () => {
  const input = definitionOf(ecsSpec('acme', { resources: { cpu: 300, memory: 700 } }), { launch_type: 'EC2' });
  expect(input).toMatchObject({ requiresCompatibilities: ['EC2'], cpu: '308', memory: '700' });
});

test.each([
  [
    { type: 'http', http_path: "/up?a='b'" } as const,
    ["http://127.0.0.1:8080/up?a='b'", '4'],
    /curl .*"\$1".*wget .*"\$1"/,
  ],
  [{ type: 'tcp' } as const, ['8080', '4'], /nc .*"\$1".*\/dev\/tcp/],
])('an http or tcp health check is a script that gets the address as an argument', (kind, args, script) => {
  const spec = ecsSpec('acme');
  const health_check = {
    ...kind,
    interval_seconds: 10,
    timeout_seconds: 4,
    healthy_threshold: 1,
    unhealthy_threshold: 3,
  };
  const containers = spec.containers.map((one, index) => (index === 0 ? { ...one, health_check } : one));
  const check = definitionOf({ ...spec, containers })?.containerDefinitions?.[0]?.healthCheck;
  expect(check?.command?.slice(0, 3)).toEqual(['CMD', 'sh', '-c']);
  expect(check?.command?.[3]).toMatch(script);
  expect(check?.command?.slice(5)).toEqual(args);
});

test('the content hash ignores the order of maps and labels, and changes with any value', () => {
  const spec = ecsSpec('acme', { labels: { a: '1', b: '2' } });
  const hash = (other: TenantComputeSpec, settings = {}) => plan(other, settings).definition?.contentHash;
  expect(hash({ ...spec, labels: { b: '2', a: '1' } })).toBe(hash(spec));
  expect(hash({ ...spec, labels: { a: '1', b: '3' } })).not.toBe(hash(spec));
  expect(hash(ecsSpec('acme', { networking: { public_ip: true } }))).not.toBe(hash(ecsSpec('acme')));
  expect(hash(spec, { log_group: '/tenants' })).not.toBe(hash(spec));
});

function logsOf(family: string) {
  const options = { 'awslogs-group': '/tenants', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': family };
  return { logDriver: 'awslogs', options };
}

test('with a hash of the installation, no tag depends on an env value in any other way', () => {
  const specOf = (pin: string) => ecsSpec('acme', { containers: [{ name: 'web', image: 'app:1', env: { PIN: pin } }] });
  const tagsOf = (pin: string, spec_hash?: string) => {
    const { definition, tags } = plan(specOf(pin), {}, { spec_hash });
    return { definition: definition?.input.tags, tags };
  };
  expect(tagsOf('1234', 'hmac-1')).toEqual(tagsOf('4711', 'hmac-1'));
  expect(tagsOf('1234', 'hmac-1')).not.toEqual(tagsOf('1234', 'hmac-2'));
  expect(tagsOf('1234')).not.toEqual(tagsOf('4711'));
});

test('containers that run once are not essential, and the order becomes dependencies', () => {
  const check = { type: 'tcp', port: 80, interval_seconds: 10, timeout_seconds: 4 } as const;
  const health_check = { ...check, healthy_threshold: 1, unhealthy_threshold: 3 };
  const containers = [
    aContainer({ name: 'db', health_check }),
    aContainer({ name: 'cache' }),
    aContainer({ name: 'setup', run: 'once' }),
    aContainer({ name: 'seed', run: 'once', after: ['db'] }),
    aContainer({ name: 'web', after: ['seed', 'cache', 'db'] }),
  ];
  const definitions = containers.map((container) => toDependencies(container, containers));
  const setup = { containerName: 'setup', condition: 'SUCCESS' };
  expect(definitions).toEqual([
    { essential: true, dependsOn: [setup] },
    { essential: true, dependsOn: [setup] },
    { essential: false },
    { essential: false, dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] },
    {
      essential: true,
      dependsOn: [
        setup,
        { containerName: 'seed', condition: 'SUCCESS' },
        { containerName: 'cache', condition: 'START' },
        { containerName: 'db', condition: 'HEALTHY' },
      ],
    },
  ]);
});

test('what ECS would ignore, or an old platform cannot do, is refused', () => {
  const containers = [
    aContainer({ name: 'db' }),
    aContainer({ name: 'seed', run: 'once', after: ['db'] }),
    aContainer({ name: 'index', run: 'once', after: ['seed'] }),
  ];
  const lost = (name: string) =>
    `no container that runs always waits for ${name}, so ECS would ignore its failure; name it in after`;
  expect(startOrderIssues(containers, undefined)).toEqual([
    { pointer: '/containers/1/run', message: lost('seed') },
    { pointer: '/containers/2/run', message: lost('index') },
  ]);
  expect(startOrderIssues([...containers, aContainer({ name: 'web', after: ['index'] })], '1.3.0')).toEqual([]);
  expect(startOrderIssues([aContainer({ after: ['db'] }), aContainer({ name: 'db' })], '1.2.0')).toEqual([
    {
      pointer: '/containers',
      message: 'the order of containers needs platform version 1.3.0 or later: the operator has set 1.2.0',
    },
  ]);
});
