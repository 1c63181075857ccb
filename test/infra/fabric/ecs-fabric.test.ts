import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test, vi } from 'vitest';
import type { readable, Statement } from '../synthesized.ts';
import { domainOf, fabricStack } from './fabric-template.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

interface Rule {
  GroupId: Attribute;
  SourceSecurityGroupId?: Attribute;
  DestinationSecurityGroupId?: Attribute;
}
interface Group {
  GroupDescription: string;
  SecurityGroupIngress?: { CidrIp: string; FromPort: number; ToPort: number }[];
  SecurityGroupEgress?: { CidrIp: string }[];
}
interface Attribute {
  'Fn::GetAtt': [string, string];
}

describe('a fabric', () => {
  const { settings, template } = fabricStack();
  const made = template();
  const [[tenants = ''] = []] = groupsOf(made, 'tasks');
  const [[balancers = ''] = []] = groupsOf(made, 'load balancers of');
  const provider = settings();

  test('admits load balancers to the tasks of tenants, and nothing else: not other tasks either', () => {
    const [[, group] = []] = groupsOf(made, 'tasks');
    expect(group?.SecurityGroupIngress).toBeUndefined();
    const sources = made
      .propertiesOf<Rule>('AWS::EC2::SecurityGroupIngress')
      .filter(({ GroupId }) => GroupId['Fn::GetAtt'][0] === tenants)
      .map(({ SourceSecurityGroupId }) => SourceSecurityGroupId?.['Fn::GetAtt'][0]);
    expect(sources).toEqual([balancers]);
  });

  test('lets tasks connect to the internet, and to nothing in the VPC', () => {
    const [[, group] = []] = groupsOf(made, 'tasks');
    const ranges = group?.SecurityGroupEgress?.map(({ CidrIp }) => CidrIp) ?? [];
    expect(ranges).toContain('8.0.0.0/7');
    expect(ranges.filter((range) => /^(?:0\.0\.0\.0\/0|10\.|192\.168\.)/.test(range))).toEqual([]);
    const others = made
      .propertiesOf<Rule>('AWS::EC2::SecurityGroupEgress')
      .filter(({ GroupId }) => GroupId['Fn::GetAtt'][0] === tenants);
    expect(others).toEqual([]);
  });

  test('lets callers reach the load balancers by HTTPS only, and these the tasks only', () => {
    const [[, group] = []] = groupsOf(made, 'load balancers of');
    const ports = group?.SecurityGroupIngress?.map(({ FromPort, ToPort }) => [FromPort, ToPort]);
    expect(ports).toEqual([[443, 443]]);
    expect(group?.SecurityGroupEgress).toBeUndefined();
    const [rule, ...others] = made.propertiesOf<Rule>('AWS::EC2::SecurityGroupEgress');
    expect(rule?.DestinationSecurityGroupId?.['Fn::GetAtt'][0]).toBe(tenants);
    expect(others).toEqual([]);
  });

  test('gives containers no role, and Fargate no instance whose metadata they could read', () => {
    expect(provider).not.toHaveProperty('task_role_arn');
    expect(provider).not.toHaveProperty('launch_type');
    expect(provider.allow).toEqual({ public_ip: true });
    expect(made.of('AWS::ECS::CapacityProvider')).toEqual([]);
    expect(made.propertiesOf<{ CapacityProviders: string[] }>('AWS::ECS::ClusterCapacityProviderAssociations')).toEqual(
      [expect.objectContaining({ CapacityProviders: ['FARGATE', 'FARGATE_SPOT'] })],
    );
  });

  test('lets the execution role write logs, pull images and read secrets below berth/, and do nothing else', () => {
    const actions = executionStatements(made).flatMap(({ Action }) => Action);
    expect(actions.toSorted()).toEqual([
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:GetSecretValue',
      'ssm:GetParameters',
    ]);
    const wide = executionStatements(made).filter(({ Resource }) => [Resource].flat().includes('*'));
    expect(wide.map(({ Action }) => Action)).toEqual(['ecr:GetAuthorizationToken']);
    const resources = JSON.stringify(executionStatements(made).map(({ Resource }) => Resource));
    for (const part of [':secret:berth/*', ':secret:/berth/*', ':parameter/berth/*', ':repository/berth/*']) {
      expect(resources).toContain(part);
    }
  });

  test('has no part that costs money while there are no tenants', () => {
    const billed = [
      'AWS::EC2::NatGateway',
      'AWS::EC2::EIP',
      'AWS::EC2::VPCEndpoint',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
    ];
    expect(made.all.map(([, { Type }]) => Type).filter((type) => billed.includes(type))).toEqual([]);
  });

  test('has a gateway of its cluster, in two subnets and with its load balancers in their group', () => {
    const [gateway] = made.propertiesOf<{
      Configuration: {
        HostSharedAlb: {
          Scheme: string;
          NetworkConfiguration: { InboundSecurityGroup: Attribute; Subnets: unknown[] };
        };
      };
      DeletionProtection: boolean;
    }>('AWS::ECS::Gateway');
    const { Scheme, NetworkConfiguration } = gateway?.Configuration.HostSharedAlb ?? {};
    expect(Scheme).toBe('internet-facing');
    expect(NetworkConfiguration?.InboundSecurityGroup['Fn::GetAtt'][0]).toBe(balancers);
    expect(NetworkConfiguration?.Subnets).toEqual(provider.subnets);
    expect(new Set(provider.subnets.map((subnet: unknown) => JSON.stringify(subnet))).size).toBe(2);
    expect(gateway?.DeletionProtection).toBe(false);
    const [[id] = []] = made.of('AWS::ECS::Gateway');
    expect(provider.gateway).toEqual({ arn: { Ref: id } });
    expect(made.of('AWS::ECS::GatewayClusterAssociations')).toHaveLength(1);
  });

  test('runs tenants in its own group, with public addresses, because its subnets have no NAT gateway', () => {
    expect(provider.security_groups).toEqual([{ 'Fn::GetAtt': [tenants, 'GroupId'] }]);
    expect(provider.assign_public_ip).toBe(true);
  });
});

test('settings go with those of a fabric, or replace them', () => {
  const { fabric } = fabricStack();
  const provider = fabric.provider({ desired_count: 2, assign_public_ip: false, allow: { autoscaling: true } });
  expect(provider).toMatchObject({
    desired_count: 2,
    assign_public_ip: false,
    allow: { public_ip: true, autoscaling: true },
  });
});

test('a fabric with a domain has a load balancer with TLS, and each tenant a host there', () => {
  const { settings, template } = fabricStack((stack) => ({
    domain: domainOf(stack),
    repositories: [],
  }));
  const made = template();
  const [[listener] = []] = made.of('AWS::ElasticLoadBalancingV2::Listener');
  expect(settings()).toMatchObject({
    load_balancer: { listener_arn: { Ref: listener }, host: '{tenant_id}.apps.example.com' },
  });
  expect(settings()).not.toHaveProperty('gateway');
  expect(made.propertiesOf('AWS::ElasticLoadBalancingV2::Listener')).toEqual([
    expect.objectContaining({ Port: 443, Protocol: 'HTTPS', SslPolicy: expect.stringContaining('TLS13') }),
  ]);
  expect(made.propertiesOf('AWS::CertificateManager::Certificate')).toEqual([
    expect.objectContaining({ DomainName: '*.apps.example.com', ValidationMethod: 'DNS' }),
  ]);
  expect(made.propertiesOf('AWS::Route53::RecordSet')).toEqual([
    expect.objectContaining({ Name: '*.apps.example.com.', Type: 'A', HostedZoneId: 'Z0123456789ABC' }),
  ]);
  expect(made.of('AWS::ECS::Gateway')).toEqual([]);
  expect(executionStatements(made).flatMap(({ Action }) => Action)).not.toContain('ecr:GetAuthorizationToken');
});

test('a fabric with a domain makes the role for a strategy that shifts requests, and one with a gateway needs none', () => {
  const withDomain = fabricStack((stack) => ({ domain: domainOf(stack) }));
  const deployment = { strategy: 'canary' } as const;
  const [first, second] = [1, 2].map(() => withDomain.fabric.provider({ deployment }).deployment?.role_arn);
  expect(first).toBe(second);
  const policies = withDomain
    .template()
    .propertiesOf<{ AssumeRolePolicyDocument: object; ManagedPolicyArns?: object[] }>('AWS::IAM::Role')
    .filter((role) => JSON.stringify(role.ManagedPolicyArns ?? '').includes('PolicyForLoadBalancers'));
  expect(policies).toHaveLength(1);
  expect(JSON.stringify(policies[0]?.AssumeRolePolicyDocument)).toContain('ecs.amazonaws.com');
  expect(withDomain.fabric.provider({ deployment: { strategy: 'rolling' } }).deployment).toEqual({
    strategy: 'rolling',
  });
  expect(fabricStack().fabric.provider({ deployment }).deployment).toEqual(deployment);
});

test('a domain without a zone and a certificate is refused', () => {
  expect(() => fabricStack(() => ({ domain: { name: 'apps.example.com' } }))).toThrow(
    'domain: needs the hosted zone of apps.example.com, or a certificate for *.apps.example.com',
  );
});

test('in a VPC that exists, tasks are in its private subnets and load balancers in its public ones', () => {
  const { settings, template } = fabricStack((stack) => ({
    vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-0a1b2c3d',
      availabilityZones: ['a', 'b'],
      publicSubnetRouteTableIds: ['rtb-0aaaaaaa', 'rtb-0aaaaaaa'],
      privateSubnetRouteTableIds: ['rtb-0bbbbbbb', 'rtb-0bbbbbbb'],
      publicSubnetIds: ['subnet-0aaaaaaa', 'subnet-0bbbbbbb'],
      privateSubnetIds: ['subnet-0ccccccc', 'subnet-0ddddddd'],
    }) as IVpc,
  }));
  expect(settings()).toMatchObject({
    subnets: ['subnet-0ccccccc', 'subnet-0ddddddd'],
    assign_public_ip: false,
    allow: { public_ip: false },
  });
  const made = template();
  expect(JSON.stringify(made.propertiesOf('AWS::ECS::Gateway'))).toContain('["subnet-0aaaaaaa","subnet-0bbbbbbb"]');
  expect(made.of('AWS::EC2::VPC')).toEqual([]);
});

function groupsOf(made: ReturnType<typeof readable>, described: string): [string, Group][] {
  return made
    .of('AWS::EC2::SecurityGroup')
    .map(([id, { Properties }]): [string, Group] => [id, Properties as unknown as Group])
    .filter(([, { GroupDescription }]) => GroupDescription.startsWith(`Berth: ${described}`));
}

/** Returns the statements of the policy of the execution role. */
function executionStatements(made: ReturnType<typeof readable>): Statement[] {
  return made
    .propertiesOf<{ PolicyDocument: { Statement: Statement[] }; Roles: { Ref: string }[] }>('AWS::IAM::Policy')
    .filter(({ Roles }) => Roles.some(({ Ref }) => Ref.startsWith('FabricExecution')))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}
