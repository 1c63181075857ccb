import { describe, expect, test, vi } from 'vitest';
import { routes } from '../../functions/operations.ts';
import { tableDefinition } from '../../src/tenants/store/dynamodb-table.ts';
import { ecs, type Statement, synthesizeApp } from './synthesized.ts';

// To synthesize takes seconds of CPU, of which a busy machine has few.
vi.setConfig({ testTimeout: 120_000 });

const app = synthesizeApp();
const background = ['on-provider-event', 'on-sweep', 'on-tenant-changed', 'on-tenant-requested', 'unmatched-route'];
const operations = [...routes.map(({ operation }) => operation), ...background].sort();

function whoMay(...actions: string[]): string[] {
  return operations.filter((operation) => app.actionsOf(operation).some((action) => actions.includes(action)));
}

describe('the HTTP API', () => {
  const made = app.propertiesOf<Record<string, unknown>>('AWS::ApiGatewayV2::Route');

  test('has every route and the one for what fits none, each with its own function behind it', () => {
    expect(made.map(({ RouteKey }) => RouteKey).sort()).toEqual(
      ['$default', ...routes.map(({ method, path }) => `${method} ${path}`)].sort(),
    );
    const integrations = new Map(app.of('AWS::ApiGatewayV2::Integration'));
    const behind = made.map(({ RouteKey, Target }) => {
      const id = JSON.stringify(Target).match(/"Ref":"(\w+)"/)?.[1] ?? '';
      const uri = JSON.stringify(integrations.get(id)?.Properties.IntegrationUri);
      const { operation = 'unmatched-route' } =
        routes.find(({ method, path }) => RouteKey === `${method} ${path}`) ?? {};
      return [operation, uri?.includes(`"${app.functions.get(operation)?.id}"`)];
    });
    expect(behind.filter(([, isItsOwn]) => !isItsOwn)).toEqual([]);
  });

  test('has no public route: every one asks who calls', () => {
    expect(made.map(({ AuthorizationType }) => AuthorizationType)).toEqual(made.map(() => 'AWS_IAM'));
  });

  test('logs who called what, throttles, and lets in no other origin', () => {
    const [stage] = app.propertiesOf<{ AccessLogSettings: { Format: string }; DefaultRouteSettings: object }>(
      'AWS::ApiGatewayV2::Stage',
    );
    expect(Object.keys(JSON.parse(stage?.AccessLogSettings.Format ?? '{}'))).toEqual(
      expect.arrayContaining(['request_id', 'caller', 'route', 'status', 'latency_ms']),
    );
    expect(stage?.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 });
    expect(app.propertiesOf('AWS::ApiGatewayV2::Api')[0]).not.toHaveProperty('CorsConfiguration');
  });
});

describe('the functions', () => {
  test('are one for each operation, and no more', () => {
    expect([...app.functions.keys()].sort()).toEqual(operations);
  });

  test('run on Node 24 and arm64, each with a role of its own and a log group of its own that forgets', () => {
    const all = [...app.functions.values()];
    for (const made of all) expect(made).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    const groups = new Map(app.of('AWS::Logs::LogGroup'));
    const own = all.map(({ LoggingConfig }) => LoggingConfig.LogGroup.Ref);
    expect(new Set(own).size).toBe(all.length);
    for (const id of own) expect(groups.get(id)?.Properties).toMatchObject({ RetentionInDays: 90 });
    expect(new Set(all.map(({ Role }) => Role['Fn::GetAtt'][0])).size).toBe(all.length);
  });

  test('that change tenants for callers who wait are bounded, where the backend throttles', () => {
    const bounded = [...app.functions].filter(([, made]) => made.ReservedConcurrentExecutions === 10);
    expect(bounded.map(([operation]) => operation).sort()).toEqual([
      'destroy-tenant',
      'provision-tenant',
      'rollback-tenant',
      'update-tenant',
    ]);
    const free = synthesizeApp({ providers: { memory: { type: 'memory' } } });
    for (const made of free.functions.values()) expect(made).not.toHaveProperty('ReservedConcurrentExecutions');
  });
});

describe('permissions', () => {
  const everything: [string, Statement][] = operations.flatMap((operation) =>
    app.statementsOf(operation).map((statement): [string, Statement] => [operation, statement]),
  );

  test('have no wildcard action anywhere, and a wildcard resource only where the action has no other', () => {
    const unbound = new Set<string>();
    for (const [, { Action, Resource }] of everything) {
      expect([Action].flat().join()).not.toContain('*');
      if ([Resource].flat().includes('*')) for (const action of [Action].flat()) unbound.add(action);
    }
    expect([...unbound].sort()).toEqual([
      'ecs:DeregisterTaskDefinition',
      'ecs:DescribeTaskDefinition',
      'ecs:ListServices',
      'ecs:ListTaskDefinitionFamilies',
      'ecs:ListTaskDefinitions',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  test('on the table: nobody scans, and only those write or delete that have to', () => {
    expect(whoMay('dynamodb:Scan', 'dynamodb:UpdateItem', 'dynamodb:BatchWriteItem')).toEqual([]);
    expect(whoMay('dynamodb:DeleteItem')).toEqual(['on-sweep']);
    expect(whoMay('dynamodb:PutItem')).toEqual([
      'destroy-tenant',
      'list-tenants',
      'on-provider-event',
      'on-sweep',
      'on-tenant-requested',
      'provision-tenant',
      'rollback-tenant',
      'update-tenant',
    ]);
  });

  test('to look at a tenant are for looking only', () => {
    const verbs = app.actionsOf('get-tenant-status').filter((action) => !/^(?:logs|xray):/.test(action));
    expect(verbs.filter((action) => !/^\w+:(?:Get|Describe|List)/.test(action))).toEqual([]);
    expect(verbs).toContain('ecs:DescribeServices');
  });

  test('to pass a role are for what provisions or updates, for the configured roles, to ECS tasks only', () => {
    expect(whoMay('iam:PassRole')).toEqual([
      'on-provider-event',
      'on-sweep',
      'on-tenant-requested',
      'provision-tenant',
      'rollback-tenant',
      'update-tenant',
    ]);
    for (const [, { Action, Resource, Condition }] of everything) {
      if (![Action].flat().includes('iam:PassRole')) continue;
      expect(Action).toBe('iam:PassRole');
      expect([Resource].flat()).toEqual([ecs.execution_role_arn]);
      expect(Condition?.StringEquals).toEqual({ 'iam:PassedToService': 'ecs-tasks.amazonaws.com' });
    }
  });

  test('that change services are bound to the cluster, to the names of the provider, and to its tags', () => {
    const changing = new Set(['ecs:CreateService', 'ecs:UpdateService', 'ecs:DeleteService']);
    const found = everything.filter(([, { Action }]) => [Action].flat().some((action) => changing.has(action)));
    expect(found.length).toBeGreaterThan(5);
    for (const [, { Resource, Condition }] of found) {
      expect([Resource].flat()).toEqual(['arn:aws:ecs:eu-central-1:111122223333:service/tenants/berth-ecs_*']);
      expect(Condition?.ArnEquals).toEqual({ 'ecs:cluster': ecs.cluster_arn });
      expect(JSON.stringify(Condition)).toMatch(/aws:(?:Request|Resource)Tag\/berth\.owner/);
    }
  });

  test('to put events are for those who announce, on the one bus, in the name of Berth only', () => {
    expect(whoMay('events:PutEvents')).toEqual(['on-tenant-changed', 'on-tenant-requested']);
    for (const [, { Action, Resource, Condition }] of everything) {
      if (![Action].flat().includes('events:PutEvents')) continue;
      expect(JSON.stringify(Resource)).toMatch(/:ExportsOutputFnGetAttBus\w+Arn/);
      expect(Condition).toEqual({ 'ForAllValues:StringEquals': { 'events:source': 'berth' } });
    }
  });

  test('of a function are trusted to Lambda alone', () => {
    for (const role of app.propertiesOf<{ AssumeRolePolicyDocument: { Statement: object[] } }>('AWS::IAM::Role')) {
      expect(role.AssumeRolePolicyDocument.Statement).toEqual([
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ]);
      expect(role).not.toHaveProperty('ManagedPolicyArns');
    }
  });
});

describe('what has to stay', () => {
  const [state] = app.templates;

  test('is kept when the stack goes: the table and every queue of requests and dead letters', () => {
    const kept = Object.values(state?.Resources ?? {}).filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain');
    const types = kept.map(({ Type, UpdateReplacePolicy }) => [Type, UpdateReplacePolicy]);
    expect(types.sort()).toEqual([
      ['AWS::DynamoDB::GlobalTable', 'Retain'],
      ['AWS::SQS::Queue', 'Retain'],
      ['AWS::SQS::Queue', 'Retain'],
      ['AWS::SQS::Queue', 'Retain'],
    ]);
  });

  test('is, for the table, what the store defines: encrypted, recoverable and protected', () => {
    const [table] = app.propertiesOf<{ GlobalSecondaryIndexes: object[] }>('AWS::DynamoDB::GlobalTable');
    const { KeySchema, GlobalSecondaryIndexes = [] } = tableDefinition('');
    expect(table).toMatchObject({
      KeySchema,
      SSESpecification: { SSEEnabled: true },
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      Replicas: [
        { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
      ],
    });
    expect(table?.GlobalSecondaryIndexes).toHaveLength(GlobalSecondaryIndexes.length);
    for (const index of GlobalSecondaryIndexes) {
      expect(table?.GlobalSecondaryIndexes).toContainEqual(expect.objectContaining(index));
    }
  });

  test('is, for every queue, encrypted and closed to what comes without TLS', () => {
    for (const queue of app.propertiesOf('AWS::SQS::Queue'))
      expect(queue).toMatchObject({ SqsManagedSseEnabled: true });
    const closed = app
      .propertiesOf<{ Queues: { Ref: string }[]; PolicyDocument: { Statement: Statement[] } }>('AWS::SQS::QueuePolicy')
      .filter(({ PolicyDocument }) => JSON.stringify(PolicyDocument).includes('"aws:SecureTransport":"false"'));
    expect(closed.flatMap(({ Queues }) => Queues.map(({ Ref }) => Ref)).sort()).toEqual(
      app
        .of('AWS::SQS::Queue')
        .map(([id]) => id)
        .sort(),
    );
  });
});

describe('events', () => {
  const sources = app.propertiesOf<{
    FunctionName: { Ref: string };
    EventSourceArn: object;
    FunctionResponseTypes: string[];
    ScalingConfig?: { MaximumConcurrency: number };
  }>('AWS::Lambda::EventSourceMapping');
  const rules = app.of('AWS::Events::Rule').map(([, { Properties }]) => Properties as never as RuleProperties);

  interface RuleProperties {
    ScheduleExpression?: string;
    EventBusName?: object;
    EventPattern?: { source: unknown; 'detail-type': string[]; resources?: unknown };
    Targets: { Arn: object; DeadLetterConfig?: object }[];
  }

  function sourceOf(operation: string) {
    return sources.find(({ FunctionName }) => app.operationOf(FunctionName.Ref) === operation);
  }

  test('that ask for tenants are led from the bus into the queue, unless they say they come from Berth', () => {
    const [rule, ...more] = rules.filter(({ EventBusName }) => EventBusName);
    expect(more).toEqual([]);
    expect(rule?.EventPattern).toEqual({
      source: [{ 'anything-but': ['berth'] }],
      'detail-type': ['Tenant Provision Requested', 'Tenant Update Requested', 'Tenant Destroy Requested'],
    });
    expect(rule?.Targets).toEqual([expect.objectContaining({ DeadLetterConfig: expect.anything() })]);
  });

  test('wait in queues longer than a function can be at work on them, and are set aside after five tries', () => {
    const queues = app.propertiesOf<{ VisibilityTimeout?: number; RedrivePolicy?: { maxReceiveCount: number } }>(
      'AWS::SQS::Queue',
    );
    const read = queues.filter(({ RedrivePolicy }) => RedrivePolicy);
    expect(read).toHaveLength(2);
    for (const { VisibilityTimeout = 0, RedrivePolicy } of read) {
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * (app.functions.get('on-tenant-requested')?.Timeout ?? 0));
      expect(RedrivePolicy?.maxReceiveCount).toBe(5);
    }
  });

  test('come in bounded batches of which only what failed comes again', () => {
    expect(sources.map(({ FunctionName }) => app.operationOf(FunctionName.Ref)).sort()).toEqual([
      'on-provider-event',
      'on-tenant-changed',
      'on-tenant-requested',
    ]);
    for (const source of sources) expect(source.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    expect(sourceOf('on-tenant-requested')?.ScalingConfig).toEqual({ MaximumConcurrency: 10 });
    expect(sourceOf('on-provider-event')?.ScalingConfig).toEqual({ MaximumConcurrency: 5 });
  });

  test('of the change stream are isolated when they fail, set aside, and only those of tenants', () => {
    expect(sourceOf('on-tenant-changed')).toMatchObject({
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      MaximumRecordAgeInSeconds: 43_200,
      StartingPosition: 'TRIM_HORIZON',
      DestinationConfig: { OnFailure: { Destination: expect.anything() } },
    });
    expect(JSON.stringify(sourceOf('on-tenant-changed'))).toContain('tenant#');
  });

  test('of ECS are heard only for the services of the provider, in its cluster, when a rollout ended', () => {
    const heard = rules.filter(({ EventPattern, EventBusName }) => EventPattern && !EventBusName);
    expect(heard.map(({ EventPattern }) => EventPattern)).toEqual([
      {
        source: ['aws.ecs'],
        'detail-type': ['ECS Deployment State Change'],
        resources: [{ prefix: 'arn:aws:ecs:eu-central-1:111122223333:service/tenants/berth-ecs_' }],
        detail: { eventName: ['SERVICE_DEPLOYMENT_COMPLETED', 'SERVICE_DEPLOYMENT_FAILED'] },
      },
    ]);
  });

  test('of the clock begin a sweep every minute', () => {
    const [rule] = rules.filter(({ ScheduleExpression }) => ScheduleExpression);
    expect(rule?.ScheduleExpression).toBe('rate(1 minute)');
    expect(JSON.stringify(rule?.Targets)).toContain(`"${app.functions.get('on-sweep')?.id}"`);
  });
});
