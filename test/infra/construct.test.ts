import { App, Lazy, Stack } from 'aws-cdk-lib';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type ISecurityGroup, type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test, vi } from 'vitest';
import { routes } from '../../functions/operations.ts';
import { Berth, type BerthProps } from '../../infra/berth.ts';
import { ecs, ownStack } from './synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

const memory = { memory: { type: 'memory' } };

describe('as a construct in another CDK app', () => {
  test('Berth makes everything with one statement, and outputs where it is', () => {
    const { templates, of, functions } = ownStack().synthesized();
    expect(of('AWS::DynamoDB::GlobalTable')).toHaveLength(1);
    expect(of('AWS::Events::EventBus')).toHaveLength(1);
    expect(functions.size).toBeGreaterThan(routes.length);
    for (const { Environment } of functions.values()) {
      expect(Environment.Variables.BERTH_INSTALLATION).toBe('Own');
    }
    const outputs = Object.keys(templates[0]?.Outputs ?? {}).map((id) => /^Berth(\w+)\w{8}$/.exec(id)?.[1]);
    expect(outputs.sort()).toEqual([
      'Announcer',
      'BusName',
      'Dashboard',
      'Endpoint',
      'RequestDeadLetters',
      'RequestQueue',
      'TableName',
    ]);
  });

  test('Berth uses an existing table, bus, token issuer and network', () => {
    const { synthesized } = ownStack((stack) => {
      const tableArn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/mine';
      const table = TableV2.fromTableAttributes(stack, 'Table', { tableArn, tableStreamArn: `${tableArn}/stream/1` });
      const vpc = new Vpc(stack, 'Vpc', { restrictDefaultSecurityGroup: false }) as IVpc;
      const securityGroups = [new SecurityGroup(stack, 'Group', { vpc }) as ISecurityGroup];
      return {
        table: table as BerthProps['table'],
        bus: EventBus.fromEventBusName(stack, 'Bus', 'mine'),
        jwt: { issuer: 'https://issuer.example.com', audience: ['berth'] },
        network: { vpc, securityGroups },
      };
    });
    const { of, propertiesOf, functions, actionsOf } = synthesized();
    expect([of('AWS::DynamoDB::GlobalTable'), of('AWS::Events::EventBus')]).toEqual([[], []]);
    const withoutTable = ['validate-tenant-spec', 'list-providers', 'get-provider', 'unmatched-route'];
    for (const [operation, { Environment, ...made }] of functions) {
      // A function that does not use the table does not get its name.
      expect(Environment.Variables.BERTH_TABLE).toBe(withoutTable.includes(operation) ? undefined : 'mine');
      expect(made).toHaveProperty('VpcConfig.SecurityGroupIds');
    }
    expect(actionsOf('get-provider')).toContain('ec2:CreateNetworkInterface');
    expect(functions.get('on-tenant-changed')?.Environment.Variables.BERTH_EVENT_BUS).toBe('mine');
    expect(propertiesOf('AWS::ApiGatewayV2::Authorizer')).toEqual([
      expect.objectContaining({ JwtConfiguration: { Audience: ['berth'], Issuer: 'https://issuer.example.com' } }),
    ]);
    for (const route of propertiesOf('AWS::ApiGatewayV2::Route'))
      expect(route).toMatchObject({ AuthorizationType: 'JWT' });
  });

  test('a topic receives every alarm and its end', () => {
    const { synthesized } = ownStack((stack) => ({
      alarmTopic: new Topic(stack, 'Topic') as NonNullable<BerthProps['alarmTopic']>,
    }));
    for (const alarm of synthesized().propertiesOf('AWS::CloudWatch::Alarm')) {
      expect(alarm).toMatchObject({ AlarmActions: [expect.anything()], OKActions: [expect.anything()] });
    }
  });

  test('the API allows the given origins, and the given headers in the place of its own', () => {
    const cors = { allowOrigins: ['https://app.example.com'], exposeHeaders: ['etag'] };
    const { synthesized } = ownStack(() => ({ cors }));
    const [api] = synthesized().propertiesOf<{ CorsConfiguration: object }>('AWS::ApiGatewayV2::Api');
    expect(api?.CorsConfiguration).toMatchObject({
      AllowOrigins: ['https://app.example.com'],
      AllowMethods: ['*'],
      AllowHeaders: expect.arrayContaining(['authorization', 'if-match']),
      ExposeHeaders: ['etag'],
    });
  });
});

describe('a grant', () => {
  const { stack, berth, synthesized } = ownStack();
  const grants: Record<string, (role: Role) => void> = {
    Reader: (role) => berth.grantInvoke(role, 'get-tenant-status'),
    Caller: (role) => berth.grantInvoke(role),
    Requester: (role) => berth.grantRequest(role),
  };
  for (const [name, grant] of Object.entries(grants))
    grant(new Role(stack, name, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
  const policies = synthesized().of('AWS::IAM::Policy');
  const policyOf = (name: keyof typeof grants) =>
    JSON.stringify(policies.filter(([id]) => id.startsWith(name)).map(([, { Properties }]) => Properties));

  test('of one operation covers its method and path alone; a grant of all covers the API', () => {
    const one = policyOf('Reader');
    expect(one).toContain('/$default/GET/v1/tenants/*/status');
    expect(one).not.toContain('/$default/*');
    expect(policyOf('Caller')).toContain('/$default/*/*');
  });

  test('of requests covers request events, and not the source of Berth', () => {
    const policy = policyOf('Requester');
    expect(policy).toContain('"Action":"events:PutEvents"');
    expect(policy).toContain('"ForAllValues:StringNotEquals":{"events:source":"berth"}');
    expect(policy).toContain('"events:detail-type":["Tenant Provision Requested"');
  });
});

test('the construct offers its metrics for other alarms and dashboards', () => {
  const { metrics: offered } = ownStack().berth;
  const dimensions = { operation: 'provision', provider: 'memory' } as const;
  const metrics = [
    offered.operations({ ...dimensions, outcome: 'failed' }),
    offered.operationDuration(dimensions),
    offered.failedTenants('memory'),
    offered.orphanedTenants('memory'),
    offered.heldTenants('memory'),
    offered.sweeps(),
  ];
  // The first test shows that functions emit metrics under this name.
  for (const { dimensions } of metrics) expect(dimensions).toMatchObject({ service: 'Own' });
  expect(
    metrics.map(({ namespace, metricName, dimensions }) => [namespace, metricName, Object.keys(dimensions ?? {})]),
  ).toEqual([
    ['Berth', 'Operations', ['service', 'operation', 'provider', 'outcome']],
    ['Berth', 'OperationDuration', ['service', 'operation', 'provider', 'outcome']],
    ['Berth', 'FailedTenants', ['service', 'provider']],
    ['Berth', 'OrphanedTenants', ['service', 'provider']],
    ['Berth', 'HeldTenants', ['service', 'provider']],
    ['Berth', 'Sweeps', ['service']],
  ]);
});

describe('the construct refuses', () => {
  const make = (providers: BerthProps['providers'], more: Partial<BerthProps> = {}) =>
    new Berth(new Stack(new App(), 'Own'), 'Berth', { providers, ...more });

  test('invalid settings of a provider, by name, at synthesis', () => {
    expect(() => make({ eu: { type: 'nomad' } })).toThrow('providers/eu/type: type must be one of');
    expect(() => make({ eu: { type: 'ecs', subnets: ['subnet-0a1b2c3d'] } })).toThrow('cluster_arn is required');
    expect(() => make({ eu: { type: 'process' } })).toThrow(
      'providers/eu: type process runs tenants on the local machine',
    );
    expect(() => make({})).toThrow('must name at least one provider');
  });

  test('a cluster ARN that is one token, and says what to do', () => {
    const cluster_arn = Lazy.string({ produce: () => ecs.cluster_arn });
    expect(() => make({ eu: { ...ecs, cluster_arn } })).toThrow('pass the cluster itself: ecs({ cluster');
  });

  test('a table without a stream', () => {
    const stack = new Stack(new App(), 'Own');
    const table = TableV2.fromTableName(stack, 'Table', 'mine') as NonNullable<BerthProps['table']>;
    expect(() => new Berth(stack, 'Berth', { providers: memory, table })).toThrow('The table has no stream');
  });

  test('a grant of an operation that the table does not have', () => {
    const { stack, berth } = ownStack();
    const role = new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    for (const operation of ['on-sweep', 'on-moon'])
      expect(() => berth.grantInvoke(role, operation as 'get-tenant')).toThrow(
        `unknown operation ${operation}: use one of functions/operations.ts`,
      );
  });
});
