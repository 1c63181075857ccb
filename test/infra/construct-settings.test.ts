import { App, Stack } from 'aws-cdk-lib';
import { type IVpc, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnGateway, Cluster } from 'aws-cdk-lib/aws-ecs';
import { FileSystem } from 'aws-cdk-lib/aws-efs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test, vi } from 'vitest';
import { Berth, docker, ecs, memory, processes } from '../../infra/index.ts';
import type { CfnTemplate } from '../support/cloud-assembly.ts';
import { createApp, readable } from './synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

test('ecs takes what the same app makes: permissions and settings are made from its tokens', () => {
  const app = createApp();
  const stack = new Stack(app, 'Own');
  const vpc = new Vpc(stack, 'Vpc', { restrictDefaultSecurityGroup: false }) as IVpc;
  const cluster = new Cluster(stack, 'Cluster', { vpc });
  const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com');
  const executionRole = new Role(stack, 'Execution', { assumedBy });
  const settings = ecs({
    cluster,
    subnets: vpc,
    securityGroups: [new SecurityGroup(stack, 'Group', { vpc }), 'sg-0a1b2c3d'],
    executionRole,
    taskRole: 'arn:aws:iam::111122223333:role/task',
    logGroup: new LogGroup(stack, 'Logs'),
    gateway: new CfnGateway(stack, 'Gateway', {
      gatewayName: 'apps',
      infrastructureRoleArn: 'arn:aws:iam::111122223333:role/gateway',
      configuration: { hostSharedAlb: {} },
    }),
    fileSystem: new FileSystem(stack, 'Files', { vpc }),
    desired_count: 2,
  });
  new Berth(stack, 'Berth', { providers: { eu: settings } });
  const { functions, statementsOf, propertiesOf } = readable([
    app.synth().getStackByName('Own').template as CfnTemplate,
  ]);
  const variable = JSON.stringify(functions.get('provision-tenant')?.Environment.Variables.BERTH_PROVIDERS);
  for (const part of [
    '"Ref":"Cluster',
    '"Ref":"VpcPrivateSubnet1',
    '"Fn::GetAtt":["Group',
    '"Fn::GetAtt":["Execution',
    '"Ref":"Gateway"',
    '"Ref":"Files',
  ]) {
    expect(variable).toContain(part);
  }
  expect(variable).toContain('"AWS::Partition"');
  const pass = statementsOf('provision-tenant').find(({ Action }) => Action === 'iam:PassRole');
  expect(JSON.stringify(pass?.Resource)).toContain('"Fn::GetAtt":["Execution');
  const describe = statementsOf('provision-tenant').find(({ Action }) => Action === 'ecs:DescribeGateway');
  expect(JSON.stringify(describe?.Resource)).toContain('"Ref":"Gateway"');
  const make = statementsOf('provision-tenant').find(({ Action }) => Action === 'elasticfilesystem:CreateAccessPoint');
  expect(JSON.stringify(make?.Resource)).toContain('"Ref":"Files');
  const create = statementsOf('provision-tenant').find(({ Action }) => Action === 'ecs:CreateService');
  expect(JSON.stringify(create?.Resource)).toMatch(
    /"Ref":"AWS::AccountId"\},":service\/",\{"Ref":"Cluster\w+"\},"\/berth-eu_\*"/,
  );
  const rules = propertiesOf<{ EventPattern?: { source?: string[] } }>('AWS::Events::Rule');
  const [rule] = rules.filter(({ EventPattern }) => EventPattern?.source?.includes('aws.ecs'));
  expect(JSON.stringify(rule)).toContain('"Ref":"Cluster');
});

test('wildcards of permissions with tokens are acknowledged, so cdk-nag finds nothing in the functions', () => {
  const app = createApp();
  const stack = new Stack(app, 'Own');
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-0a1b2c3d', availabilityZones: ['any'] });
  const cluster = new Cluster(stack, 'Cluster', { vpc });
  const taskRole = 'arn:aws:iam::111122223333:role/task';
  new Berth(stack, 'Berth', {
    providers: { eu: ecs({ cluster, subnets: ['subnet-0a1b2c3d'], taskRole, fileSystem: 'fs-0a1b2c3d' }) },
  });
  app.synth();
  const found = new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.filter(({ ruleName }) => ruleName.includes('IAM5'))
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map((one) => `${ruleName} at ${one.constructPath}`),
    );
  expect(found).toEqual([]);
});

test('an imported cluster keeps its literal ARN, and subnets may be constructs or text', () => {
  const stack = new Stack(new App(), 'Own');
  const clusterArn = 'arn:aws:ecs:eu-west-1:111122223333:cluster/tenants';
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-0a1b2c3d', availabilityZones: ['any'] });
  const cluster = Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'tenants', clusterArn, vpc });
  const subnets = [Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0a1b2c3d'), 'subnet-1a1b2c3d'];
  expect(ecs({ cluster, subnets })).toEqual({
    type: 'ecs',
    cluster_arn: clusterArn,
    subnets: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'],
  });
});

test('each built-in type has a helper, and a wrong key does not compile', () => {
  expect(memory({ latency_ms: 1 })).toEqual({ type: 'memory', latency_ms: 1 });
  expect(docker()).toEqual({ type: 'docker' });
  expect(processes()).toEqual({ type: 'process' });
  // @ts-expect-error the setting is latency_ms
  memory({ latency: 1 });
  // @ts-expect-error a cluster is required
  const incomplete = () => ecs({ subnets: ['subnet-0a1b2c3d'] });
  // @ts-expect-error the key is securityGroups
  expect(ecs({ cluster: 'arn', subnets: [], securityGroup: [] }).type).toBe('ecs');
  expect(incomplete).toThrow();
});
