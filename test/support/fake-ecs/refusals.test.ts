import type { CreateServiceCommandInput, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { container, creation, definition, many, openBare, ROLE, second, withContainer } from './bare-ecs.ts';

const publicNetwork = {
  awsvpcConfiguration: { subnets: ['subnet-0aaaaaaa'], assignPublicIp: 'ENABLED' as const },
};

test.each<[string, Partial<RegisterTaskDefinitionCommandInput>, string]>([
  [
    'a size that Fargate does not offer',
    { memory: '700' },
    'No Fargate configuration exists for given values: 256 CPU, 700',
  ],
  ['no CPU', { cpu: undefined }, "Fargate requires that 'cpu' be defined at the task level."],
  ['another network mode', { networkMode: 'bridge' }, "Fargate only supports network mode 'awsvpc'."],
  ['an invalid family', { family: 'a b' }, 'Family contains invalid characters'],
  ['a missing role', { taskRoleArn: `${ROLE}x` }, 'Role is not valid'],
  ['no containers', { containerDefinitions: [] }, 'Container list cannot be empty.'],
  [
    'eleven containers',
    { containerDefinitions: many(11).map((i) => ({ name: `c${i}`, image: 'a' })) },
    'Too many containers',
  ],
  [
    'a dependency on the end of an essential container',
    {
      containerDefinitions: [
        container,
        { ...container, name: 'other', dependsOn: [{ containerName: container.name, condition: 'SUCCESS' }] },
      ],
    },
    'cannot be set on the essential container',
  ],
  [
    'a dependency on the health of a container without a check',
    {
      containerDefinitions: [
        container,
        { ...container, name: 'other', dependsOn: [{ containerName: container.name, condition: 'HEALTHY' }] },
      ],
    },
    'needs a health check',
  ],
  [
    'dependencies that are a circle',
    {
      containerDefinitions: [
        { ...container, dependsOn: [{ containerName: 'other', condition: 'START' }] },
        { ...container, name: 'other', dependsOn: [{ containerName: container.name, condition: 'START' }] },
      ],
    },
    'are a circle',
  ],
  ['duplicate container names', { containerDefinitions: [container, container] }, 'must be unique'],
  [
    'another host port',
    withContainer({ portMappings: [{ containerPort: 80, hostPort: 81 }] }),
    'port mappings must match',
  ],
  [
    'a duplicate port',
    withContainer({ portMappings: [{ containerPort: 80 }, { containerPort: 80, protocol: 'udp' }] }),
    'unique',
  ],
  [
    'secrets without an execution role',
    withContainer({ secrets: [{ name: 'A', valueFrom: 'arn:aws:ssm:x:1:parameter/a' }] }),
    "'executionRoleArn'",
  ],
  [
    'logs without an execution role',
    withContainer({ logConfiguration: { logDriver: 'awslogs' } }),
    'execution role ARN to support log driver',
  ],
  [
    'a long health check interval',
    withContainer({ healthCheck: { command: ['CMD', 'x'], interval: 301 } }),
    'between 5 and 300',
  ],
  ['a health check without CMD', withContainer({ healthCheck: { command: ['true'] } }), 'must begin with CMD'],
  ['more memory than the task', withContainer({ memory: 513 }), 'does not fit the task'],
  ['a small disk', { ephemeralStorage: { sizeInGiB: 20 } }, 'between 21 and 200'],
  [
    'more than 64 KB',
    withContainer({ environment: [{ name: 'A', value: 'x'.repeat(65_536) }] }),
    'exceeds the maximum of 65536',
  ],
  [
    '51 tags',
    { tags: many(51).map((i) => ({ key: `k${i}`, value: '' })) },
    'maximum number of tags for a resource is 50',
  ],
  ['a long image', withContainer({ image: `good.example/${'a'.repeat(250)}:1` }), 'Container.image is too long'],
  [
    'a private image without an execution role',
    withContainer({ image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/app:1' }),
    'execution role ARN to support ECR images',
  ],
  [
    'more CPU than instances have',
    { requiresCompatibilities: ['EC2'], cpu: '196609', memory: '1024' },
    '128 to 196608 CPU units',
  ],
  ['a tag of AWS', { tags: [{ key: 'aws:x', value: '' }] }, 'Invalid tag key.'],
])('a task definition with %s is refused', async (_what, changes, message) => {
  await using ecs = await openBare();
  expect(await ecs.refused('RegisterTaskDefinition', { ...definition, ...changes })).toContain(message);
});

test.each<[string, Partial<CreateServiceCommandInput>, string]>([
  ['a missing cluster', { cluster: 'nowhere' }, 'ClusterNotFoundException: Cluster not found.'],
  ['a missing task definition', { taskDefinition: second }, 'ClientException: TaskDefinition not found.'],
  [
    'no network',
    { networkConfiguration: undefined },
    'InvalidParameterException: Network Configuration must be provided',
  ],
  [
    'a missing subnet',
    network(['subnet-1']),
    "The subnet ID 'subnet-1' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
  ],
  ['a missing security group', network(['subnet-0aaaaaaa'], ['sg-1']), '(ErrorCode: InvalidGroup.NotFound)'],
  ['six security groups', network(['subnet-0aaaaaaa'], Array(6).fill('sg-0aaaaaaa')), 'at most 5'],
  [
    'a launch type and a capacity provider strategy',
    { capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] },
    'Specifying both',
  ],
  ['an incompatible launch type', { launchType: 'EC2' }, 'Task definition does not support launch_type EC2.'],
  ['a long client token', { clientToken: 'x'.repeat(37) }, 'Invalid clientToken.'],
  ['an invalid name', { serviceName: 'a.b' }, 'Invalid service name.'],
  ['a missing target group', balanced(80), 'does not have an associated load balancer'],
  ['a missing port', balanced(81), 'did not have a container port 81 defined'],
  [
    'a missing capacity provider',
    strategy([{ capacityProvider: 'x', weight: 1 }]),
    'The specified capacity provider was not found.',
  ],
  ['no weight', strategy([{ capacityProvider: 'FARGATE', weight: 0 }]), 'a weight value greater than zero'],
  [
    'two bases',
    strategy(['FARGATE', 'FARGATE_SPOT'].map((capacityProvider) => ({ capacityProvider, weight: 1, base: 1 }))),
    'can have a base defined',
  ],
  ['an unknown platform version', { platformVersion: '9.9.9' }, 'PlatformUnknownException'],
  [
    'a grace period without a load balancer',
    { healthCheckGracePeriodSeconds: 60 },
    'only valid for services configured to use load balancers',
  ],
  [
    'a missing port in Cloud Map',
    { serviceRegistries: [{ registryArn: 'arn:x', containerName: 'web', containerPort: 81 }] },
    'did not have a container port 81',
  ],
  ['a missing namespace', { serviceConnectConfiguration: { enabled: true, namespace: 'x' } }, 'NamespaceNotFound'],
])('a service with %s is refused', async (_what, changes, message) => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  expect(await ecs.refused('CreateService', { ...creation, ...changes })).toContain(message);
  expect(ecs.fake.state.services.size).toBe(0);
});

function strategy(capacityProviderStrategy: CreateServiceCommandInput['capacityProviderStrategy']) {
  return { launchType: undefined, capacityProviderStrategy };
}

test.each<[string, Partial<CreateServiceCommandInput>, string]>([
  [
    'a public address',
    { networkConfiguration: publicNetwork },
    'Assign public IP is not supported for this launch type.',
  ],
  ['a platform version', { platformVersion: 'LATEST' }, 'The platform version must be null'],
])('a service of EC2 instances with %s is refused', async (_what, changes, message) => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', { ...definition, requiresCompatibilities: ['EC2'] });
  expect(await ecs.refused('CreateService', { ...creation, launchType: 'EC2', ...changes })).toContain(message);
});

test('an old platform version has no larger storage', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', { ...definition, ephemeralStorage: { sizeInGiB: 30 } });
  const refused = 'PlatformTaskDefinitionIncompatibilityException: One or more of the requested capabilities';
  expect(await ecs.refused('CreateService', { ...creation, platformVersion: '1.3.0' })).toContain(refused);
  expect(await ecs.refused('CreateService', { ...creation, platformVersion: '1.4.0' })).toBeUndefined();
});

test('a change of the capacity provider strategy is refused without a forced deployment', async () => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  await ecs.send('CreateService', creation);
  const update = { cluster: 'tenants', service: 'app' };
  const spot = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];
  const message = 'you must force a new deployment';
  expect(await ecs.refused('UpdateService', { ...update, capacityProviderStrategy: spot })).toContain(message);
  const forced = { ...update, forceNewDeployment: true };
  const { service } = await ecs.send('UpdateService', { ...forced, capacityProviderStrategy: spot });
  expect(service).toMatchObject({ capacityProviderStrategy: spot });
  expect(service?.launchType).toBeUndefined();
  expect(await ecs.refused('UpdateService', { ...update, capacityProviderStrategy: spot })).toBeUndefined();
  expect(await ecs.refused('UpdateService', { ...update, capacityProviderStrategy: [] })).toContain(message);
  const back = await ecs.send('UpdateService', { ...forced, capacityProviderStrategy: [] });
  expect(back.service).toMatchObject({ launchType: 'FARGATE' });
});

test('an update keeps what it leaves out, and takes away what is empty', async () => {
  await using ecs = await openBare({ targetGroups: ['arn:x'] });
  await ecs.send('RegisterTaskDefinition', definition);
  await ecs.send('CreateService', { ...creation, ...balanced(80), platformVersion: '1.4.0' });
  const update = { cluster: 'tenants', service: 'app' };
  const kept = await ecs.send('UpdateService', { ...update, desiredCount: 2 });
  expect(kept.service).toMatchObject({ ...balanced(80), platformVersion: '1.4.0' });
  expect(kept.service?.deployments).toHaveLength(1);
  const emptied = await ecs.send('UpdateService', { ...update, loadBalancers: [] });
  expect(emptied.service?.loadBalancers).toBeUndefined();
  expect(emptied.service?.deployments?.filter(({ status }) => status === 'PRIMARY')).not.toEqual(
    kept.service?.deployments,
  );
});

function network(subnets: string[], securityGroups: string[] = []) {
  return { networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups } } };
}

function balanced(containerPort: number) {
  return { loadBalancers: [{ targetGroupArn: 'arn:x', containerName: 'web', containerPort }] };
}
