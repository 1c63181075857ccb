import type { CreateServiceCommandInput, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { container, creation, definition, many, openBare, ROLE, second, withContainer } from './bare-ecs.ts';

test.each<[string, Partial<RegisterTaskDefinitionCommandInput>, string]>([
  ['a size that Fargate has not', { memory: '700' }, 'No Fargate configuration exists for given values: 256 CPU, 700'],
  ['no CPU', { cpu: undefined }, "Fargate requires that 'cpu' be defined at the task level."],
  ['another network mode', { networkMode: 'bridge' }, "Fargate only supports network mode 'awsvpc'."],
  ['a bad family', { family: 'a b' }, 'Family contains invalid characters'],
  ['a role that is not there', { taskRoleArn: `${ROLE}x` }, 'Role is not valid'],
  ['no containers', { containerDefinitions: [] }, 'Container list cannot be empty.'],
  ['eleven', { containerDefinitions: many(11).map((i) => ({ name: `c${i}`, image: 'a' })) }, 'Too many containers'],
  ['two of a name', { containerDefinitions: [container, container] }, 'must be unique'],
  [
    'another host port',
    withContainer({ portMappings: [{ containerPort: 80, hostPort: 81 }] }),
    'port mappings must match',
  ],
  [
    'a port twice',
    withContainer({ portMappings: [{ containerPort: 80 }, { containerPort: 80, protocol: 'udp' }] }),
    'unique',
  ],
  [
    'secrets only',
    withContainer({ secrets: [{ name: 'A', valueFrom: 'arn:aws:ssm:x:1:parameter/a' }] }),
    "'executionRoleArn'",
  ],
  [
    'logs only',
    withContainer({ logConfiguration: { logDriver: 'awslogs' } }),
    'execution role ARN to support log driver',
  ],
  ['a slow check', withContainer({ healthCheck: { command: ['CMD', 'x'], interval: 301 } }), 'between 5 and 300'],
  ['a check of nothing', withContainer({ healthCheck: { command: ['true'] } }), 'must begin with CMD'],
  ['more memory than the task', withContainer({ memory: 513 }), 'does not fit the task'],
  ['a small disk', { ephemeralStorage: { sizeInGiB: 20 } }, 'between 21 and 200'],
  ['64 KB', withContainer({ environment: [{ name: 'A', value: 'x'.repeat(65_536) }] }), 'exceeds the maximum of 65536'],
  [
    '51 tags',
    { tags: many(51).map((i) => ({ key: `k${i}`, value: '' })) },
    'maximum number of tags for a resource is 50',
  ],
  ['a tag of AWS', { tags: [{ key: 'aws:x', value: '' }] }, 'Invalid tag key.'],
])('a task definition with %s is refused', async (_what, changes, message) => {
  await using ecs = await openBare();
  expect(await ecs.refused('RegisterTaskDefinition', { ...definition, ...changes })).toContain(message);
});

test.each<[string, Partial<CreateServiceCommandInput>, string]>([
  ['a cluster that is not there', { cluster: 'nowhere' }, 'ClusterNotFoundException: Cluster not found.'],
  ['a task definition that is not there', { taskDefinition: second }, 'ClientException: TaskDefinition not found.'],
  [
    'no network',
    { networkConfiguration: undefined },
    'InvalidParameterException: Network Configuration must be provided',
  ],
  [
    'a subnet that is not there',
    network(['subnet-1']),
    "The subnet ID 'subnet-1' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
  ],
  ['a group that is not there', network(['subnet-0aaaaaaa'], ['sg-1']), '(ErrorCode: InvalidGroup.NotFound)'],
  ['six groups', network(['subnet-0aaaaaaa'], Array(6).fill('sg-0aaaaaaa')), 'at most 5'],
  ['a type and a strategy', { capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] }, 'Specifying both'],
  ['a type it was not made for', { launchType: 'EC2' }, 'Task definition does not support launch_type EC2.'],
  ['a long token', { clientToken: 'x'.repeat(37) }, 'Invalid clientToken.'],
  ['a bad name', { serviceName: 'a.b' }, 'Invalid service name.'],
  ['a target group that is not there', balanced(80), 'does not have an associated load balancer'],
  ['a port that is not there', balanced(81), 'did not have a container port 81 defined'],
  [
    'a namespace that is not there',
    { serviceConnectConfiguration: { enabled: true, namespace: 'x' } },
    'NamespaceNotFound',
  ],
])('a service with %s is refused', async (_what, changes, message) => {
  await using ecs = await openBare();
  await ecs.send('RegisterTaskDefinition', definition);
  expect(await ecs.refused('CreateService', { ...creation, ...changes })).toContain(message);
  expect(ecs.fake.state.services.size).toBe(0);
});

function network(subnets: string[], securityGroups: string[] = []) {
  return { networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups } } };
}

function balanced(containerPort: number) {
  return { loadBalancers: [{ targetGroupArn: 'arn:x', containerName: 'web', containerPort }] };
}
