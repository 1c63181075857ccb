import type { CreateServiceCommandInput, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { container, creation, definition, many, openBare, ROLE, second, withContainer } from './bare-ecs.ts';

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
  ['a missing namespace', { serviceConnectConfiguration: { enabled: true, namespace: 'x' } }, 'NamespaceNotFound'],
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
