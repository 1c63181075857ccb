import { expect, test } from 'vitest';
import type { EcsClient, EcsOperation, EcsOperations } from '../../../../src/providers/ecs/api/client.ts';
import { REGION, startFakeEcs } from '../../../support/fake-ecs/fake-ecs.ts';
import { createCluster, findMotoServer, startMotoServer } from '../../../support/moto-server.ts';
import { sdkClient } from '../ecs-subject.ts';

/*
 * moto is an independent implementation of the wire protocol. Its behaviour is no reference: it accepts most of what ECS
 * refuses, and its services never run. It shows that the calls are well-formed, and that the fake's responses have the
 * same types as moto's.
 */
const path = findMotoServer();

test.runIf(path)(
  'moto accepts the calls that the fake accepts, and its responses have the same types',
  async () => {
    const moto = await startMotoServer(path ?? '');
    const fake = await startFakeEcs({ subnets: await createCluster(moto.url, REGION, 'tenants') });
    try {
      const theirs = await runProgram(sdkClient(moto), fake.state.subnets);
      const ours = await runProgram(sdkClient(fake), fake.state.subnets);
      expect(Object.keys(theirs)).toEqual(Object.keys(ours));
      for (const [operation, output] of Object.entries(theirs)) {
        expect(differences(output, ours[operation]), operation).toEqual([]);
      }
    } finally {
      await fake.close();
      await moto.close();
    }
  },
  90_000,
);

/** Calls every operation in the life of a service. Returns the last output of each. */
async function runProgram(client: EcsClient, subnets: ReadonlySet<string>): Promise<Record<string, unknown>> {
  const outputs: Record<string, unknown> = {};
  const send = async <Operation extends EcsOperation>(operation: Operation, input: EcsOperations[Operation][0]) => {
    const output = await client.send(operation, input).catch((cause: unknown) => {
      throw new Error(`${operation} failed`, { cause });
    });
    outputs[operation] = output;
    return output;
  };
  const cluster = 'tenants';
  const service = 'app';
  const register = async (image: string) => {
    const { taskDefinition } = await send('RegisterTaskDefinition', {
      family: 'app',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
      containerDefinitions: [
        {
          name: 'web',
          image,
          essential: true,
          entryPoint: ['/bin/web'],
          command: ['--port', '80'],
          environment: [{ name: 'A', value: '1' }],
          portMappings: [{ containerPort: 80, protocol: 'tcp' }],
          healthCheck: { command: ['CMD', 'true'], interval: 10, timeout: 4, retries: 3 },
          dockerLabels: { 'berth.fields': 'x' },
        },
      ],
      tags: [{ key: 'berth.owner', value: 'berth' }],
    });
    return taskDefinition?.taskDefinitionArn;
  };
  const [first, second] = [await register('app:1'), await register('app:2')];
  const settings = {
    cluster,
    desiredCount: 1,
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...subnets].slice(0, 1),
        securityGroups: [],
        assignPublicIp: 'DISABLED' as const,
      },
    },
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: true, rollback: true },
      minimumHealthyPercent: 100,
      maximumPercent: 200,
    },
    propagateTags: 'TASK_DEFINITION' as const,
    enableECSManagedTags: true,
    enableExecuteCommand: false,
  };
  const tags = [{ key: 'berth.owner', value: 'berth' }];
  const creation = { serviceName: service, launchType: 'FARGATE' as const, clientToken: 'c'.repeat(32), tags };
  const { service: created } = await send('CreateService', { ...settings, ...creation, taskDefinition: first });
  const resourceArn = created?.serviceArn;
  await send('UpdateService', { ...settings, service, taskDefinition: second });
  await send('TagResource', { resourceArn, tags: [{ key: 'a', value: '1' }] });
  await send('UntagResource', { resourceArn, tagKeys: ['a'] });
  await send('DescribeServices', { cluster, services: [service], include: ['TAGS'] });
  await send('ListServices', { cluster, maxResults: 100 });
  await send('ListTasks', { cluster, serviceName: service, desiredStatus: 'RUNNING' });
  await send('ListTaskDefinitions', { familyPrefix: 'app', status: 'ACTIVE', sort: 'DESC', maxResults: 100 });
  await send('DescribeTaskDefinition', { taskDefinition: 'app', include: ['TAGS'] });
  const resource = {
    ServiceNamespace: 'ecs',
    ResourceId: 'service/tenants/app',
    ScalableDimension: 'ecs:service:DesiredCount',
  } as const;
  const policy = { ...resource, PolicyName: 'berth-cpu' };
  const metric = { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' } as const;
  await send('RegisterScalableTarget', { ...resource, MinCapacity: 1, MaxCapacity: 4 });
  await send('PutScalingPolicy', {
    ...policy,
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: { TargetValue: 60, PredefinedMetricSpecification: metric },
  });
  await send('DescribeScalableTargets', { ServiceNamespace: 'ecs', ResourceIds: [resource.ResourceId] });
  await send('DescribeScalingPolicies', resource);
  await send('DeleteScalingPolicy', policy);
  await send('DeregisterScalableTarget', resource);
  await send('DeleteService', { cluster, service, force: true });
  await send('DeregisterTaskDefinition', { taskDefinition: first });
  client.close?.();
  return outputs;
}

/** Returns where both have a value, with different types. */
function differences(theirs: unknown, ours: unknown, at = ''): string[] {
  if (theirs === undefined || ours === undefined || theirs === null || ours === null) return [];
  if (kindOf(theirs) !== kindOf(ours)) return [`${at}: ${kindOf(theirs)} and ${kindOf(ours)}`];
  if (Array.isArray(theirs) && Array.isArray(ours)) return differences(theirs[0], ours[0], `${at}/0`);
  if (typeof theirs !== 'object' || theirs instanceof Date) return [];
  return Object.entries(theirs)
    .filter(([key]) => key !== '$metadata')
    .flatMap(([key, value]) => differences(value, (ours as Record<string, unknown>)[key], `${at}/${key}`));
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return value instanceof Date ? 'date' : typeof value;
}
