import { App, Stack } from 'aws-cdk-lib';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type ISecurityGroup, type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test, vi } from 'vitest';
import { routes } from '../../functions/routes.ts';
import { entryOf } from '../../infra/api/access-entry.ts';
import { Berth, type BerthProps } from '../../infra/berth.ts';
import { providerPermissions } from '../../infra/functions/provider-access.ts';
import type { CfnTemplate } from '../support/cloud-assembly.ts';
import { createApp, ecs, readable } from './synthesized.ts';

// To synthesize takes seconds of CPU, of which a busy machine has few.
vi.setConfig({ testTimeout: 120_000 });

const memory = { memory: { type: 'memory' } };

/** A stack of somebody's own app, with Berth in it. */
function ownStack(props: (stack: Stack) => Partial<BerthProps> = () => ({})) {
  const app = createApp({});
  const stack = new Stack(app, 'Own');
  const berth = new Berth(stack, 'Berth', { providers: memory, ...props(stack) });
  const synthesized = () => readable([app.synth().getStackByName('Own').template as CfnTemplate]);
  return { stack, berth, synthesized };
}

describe('in an app of your own', () => {
  test('one line makes everything, and says where it is', () => {
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

  test('a table, a bus, an authorizer for tokens and a network of your own take the place of ours', () => {
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
    const strangers = ['validate-tenant-spec', 'list-providers', 'get-provider', 'unmatched-route'];
    for (const [operation, { Environment, ...made }] of functions) {
      // Who has no use for the table does not know which it is.
      expect(Environment.Variables.BERTH_TABLE).toBe(strangers.includes(operation) ? undefined : 'mine');
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

  test('a topic of yours is told of every alarm and of its end', () => {
    const { synthesized } = ownStack((stack) => ({
      alarmTopic: new Topic(stack, 'Topic') as NonNullable<BerthProps['alarmTopic']>,
    }));
    for (const alarm of synthesized().propertiesOf('AWS::CloudWatch::Alarm')) {
      expect(alarm).toMatchObject({ AlarmActions: [expect.anything()], OKActions: [expect.anything()] });
    }
  });

  test('other origins may call the API where you say so', () => {
    const { synthesized } = ownStack(() => ({ cors: { allowOrigins: ['https://app.example.com'] } }));
    expect(synthesized().propertiesOf('AWS::ApiGatewayV2::Api')).toEqual([
      expect.objectContaining({ CorsConfiguration: { AllowOrigins: ['https://app.example.com'] } }),
    ]);
  });
});

describe('who may do what', () => {
  function granted(grant: (berth: Berth, role: Role) => void) {
    const { stack, berth, synthesized } = ownStack();
    const role = new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    grant(berth, role);
    const policies = synthesized()
      .of('AWS::IAM::Policy')
      .filter(([id]) => id.startsWith('Caller'));
    return JSON.stringify(policies.map(([, { Properties }]) => Properties));
  }

  test('to call one operation is given for its method and path alone, to call all of them for all', () => {
    const one = granted((berth, role) => berth.grantInvoke(role, 'get-tenant-status'));
    expect(one).toContain('/$default/GET/v1/tenants/*/status');
    expect(one).not.toContain('/$default/*');
    expect(granted((berth, role) => berth.grantInvoke(role))).toContain('/$default/*/*');
  });

  test('to ask by event is given for requests on the bus, and not in the name of Berth', () => {
    const policy = granted((berth, role) => berth.grantRequest(role));
    expect(policy).toContain('"Action":"events:PutEvents"');
    expect(policy).toContain('"ForAllValues:StringNotEquals":{"events:source":"berth"}');
    expect(policy).toContain('"events:detail-type":["Tenant Provision Requested"');
  });
});

test('metrics are to be had for alarms and dashboards of your own', () => {
  const { berth } = ownStack();
  const dimensions = { operation: 'provision', provider: 'memory' } as const;
  const metrics = [
    berth.metricOperations({ ...dimensions, outcome: 'failed' }),
    berth.metricOperationDuration(dimensions),
    berth.metricFailedTenants('memory'),
    berth.metricOrphanedTenants('memory'),
    berth.metricHeldTenants('memory'),
    berth.metricSweeps(),
  ];
  // By that name functions measure, see the first test.
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

describe('mistakes', () => {
  const make = (providers: BerthProps['providers'], more: Partial<BerthProps> = {}) =>
    new Berth(new Stack(new App(), 'Own'), 'Berth', { providers, ...more });

  test('in the settings of a provider are named before anything is deployed', () => {
    expect(() => make({ eu: { type: 'nomad' } })).toThrow('providers/eu/type: type must be one of');
    expect(() => make({ eu: { type: 'ecs', subnets: ['subnet-0a1b2c3d'] } })).toThrow('cluster_arn is required');
    expect(() => make({ eu: { type: 'process' } })).toThrow('providers/eu: process runs tenants on its own machine');
    expect(() => make({})).toThrow('must name at least one provider');
  });

  test('such as a cluster that is not known as text are told with the way out', () => {
    const stack = new Stack(new App(), 'Own');
    const cluster_arn = stack.formatArn({ service: 'ecs', resource: 'cluster', resourceName: 'tenants' });
    expect(() => make({ eu: { ...ecs, cluster_arn } })).toThrow('spell its ARN out');
  });

  test('such as a table without a stream are told', () => {
    const stack = new Stack(new App(), 'Own');
    const table = TableV2.fromTableName(stack, 'Table', 'mine') as NonNullable<BerthProps['table']>;
    expect(() => new Berth(stack, 'Berth', { providers: memory, table })).toThrow('The table has no stream');
  });

  test('such as an operation that nobody declared the access of stop the synthesis', () => {
    expect(() => providerPermissions('on-moon', memory)).toThrow(
      'Say in infra/functions/provider-access.ts what on-moon needs',
    );
    expect(() => entryOf({}, 'constructor', 'x.ts')).toThrow('what constructor needs');
  });
});
