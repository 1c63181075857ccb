import { describe, expect, test, vi } from 'vitest';
import { operationNames, operations, routes } from '../../functions/operations.ts';
import { tableDefinition } from '../../src/tenants/store/dynamodb-table.ts';
import { ecs, everyRoute, type Statement, synthesizeApp } from './synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

const app = synthesizeApp();

function whoMay(...actions: string[]): string[] {
  return operationNames.filter((operation) => app.actionsOf(operation).some((action) => actions.includes(action)));
}

describe('the HTTP API', () => {
  const made = app.propertiesOf<Record<string, unknown>>('AWS::ApiGatewayV2::Route');

  test('has every route and one for unmatched requests, each with its own function', () => {
    expect(made.map(({ RouteKey }) => RouteKey).sort()).toEqual(everyRoute);
    const integrations = new Map(app.of('AWS::ApiGatewayV2::Integration'));
    const targets = made.map(({ RouteKey, Target }) => {
      const id = JSON.stringify(Target).match(/"Ref":"(\w+)"/)?.[1] ?? '';
      const uri = JSON.stringify(integrations.get(id)?.Properties.IntegrationUri);
      const { operation = 'unmatched-route' } =
        routes.find(({ method, path }) => String(RouteKey).replace('HEAD ', 'GET ') === `${method} ${path}`) ?? {};
      return [operation, uri?.includes(`"${app.functions.get(operation)?.id}"`)];
    });
    expect(targets.filter(([, isItsOwn]) => !isItsOwn)).toEqual([]);
  });

  test('has no public route', () => {
    expect(made.map(({ AuthorizationType }) => AuthorizationType)).toEqual(made.map(() => 'AWS_IAM'));
  });

  test('logs the caller and the route, throttles, and allows no other origin', () => {
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
  test('run on Node 24 and arm64, each with its own role and its own log group with limited retention', () => {
    const all = [...app.functions.values()];
    for (const made of all) expect(made).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    const groups = new Map(app.of('AWS::Logs::LogGroup'));
    const own = all.map(({ LoggingConfig }) => LoggingConfig.LogGroup.Ref);
    expect(new Set(own).size).toBe(all.length);
    for (const id of own) expect(groups.get(id)?.Properties).toMatchObject({ RetentionInDays: 90 });
    expect(new Set(all.map(({ Role }) => Role['Fn::GetAtt'][0])).size).toBe(all.length);
  });

  test('have reserved concurrency where callers wait for a backend that throttles', () => {
    const bounded = [...app.functions].filter(([, made]) => made.ReservedConcurrentExecutions === 10);
    expect(bounded.map(([operation]) => operation).sort()).toEqual(
      operationNames.filter((operation) => operations[operation].reservesConcurrency === 'changing'),
    );
    const free = synthesizeApp({ providers: { memory: { type: 'memory' } } });
    const reserved = [...free.functions].filter(([, made]) => made.ReservedConcurrentExecutions !== undefined);
    expect(reserved.map(([operation]) => operation)).toEqual(['get-operation']);
  });

  test('know for how long a change of health has to hold, where it is set', () => {
    const holdWith = (settings: object) =>
      synthesizeApp({ providers: { memory: { type: 'memory' } }, ...settings }).functions.get('on-sweep')?.Environment
        .Variables.BERTH_HEALTH_HOLD_SECONDS;
    expect(holdWith({ health_hold_seconds: 0 })).toBe('0');
    expect(holdWith({})).toBeUndefined();
  });

  test('leave callers that wait their own share of the concurrency of the account, and no more', () => {
    const waiting = operationNames.filter((operation) => operations[operation].reservesConcurrency === 'waiting');
    expect(waiting).toEqual(['get-operation']);
    const reservedWith = (settings: object) =>
      synthesizeApp({ providers: { memory: { type: 'memory' } }, ...settings }).functions.get('get-operation')
        ?.ReservedConcurrentExecutions;
    expect(app.functions.get('get-operation')).toMatchObject({ ReservedConcurrentExecutions: 100 });
    expect(reservedWith({ waiting_concurrency: 20 })).toBe(20);
    expect(reservedWith({ reserved_concurrency: false })).toBeUndefined();
  });
});

describe('permissions', () => {
  const everything: [string, Statement][] = operationNames.flatMap((operation) =>
    app.statementsOf(operation).map((statement): [string, Statement] => [operation, statement]),
  );

  test('have no wildcard action, and a wildcard resource only for known actions', () => {
    const unbound = new Set<string>();
    for (const [, { Action, Resource }] of everything) {
      expect([Action].flat().join()).not.toContain('*');
      if ([Resource].flat().includes('*')) for (const action of [Action].flat()) unbound.add(action);
    }
    expect([...unbound].sort()).toEqual([
      'application-autoscaling:DescribeScalableTargets',
      'dynamodb:ListStreams',
      'ecs:DeregisterTaskDefinition',
      'ecs:DescribeTaskDefinition',
      'ecs:ListServices',
      'ecs:ListTaskDefinitionFamilies',
      'ecs:ListTaskDefinitions',
      'ecs:ListTasks',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  test('on the table include no scan, and write and delete only where needed', () => {
    expect(whoMay('dynamodb:Scan', 'dynamodb:UpdateItem', 'dynamodb:BatchWriteItem')).toEqual([]);
    expect(whoMay('dynamodb:DeleteItem')).toEqual(['adopt-orphan', 'on-sweep', 'remove-orphan']);
    expect(whoMay('dynamodb:PutItem')).toEqual([
      'adopt-orphan',
      'destroy-tenant',
      'exec-tenant',
      'get-installation',
      'list-activity',
      'list-operations',
      'list-revisions',
      'list-rollout-tenants',
      'list-rollouts',
      'list-tenants',
      'on-provider-event',
      'on-sweep',
      'on-tenant-requested',
      'provision-tenant',
      'remove-orphan',
      'restart-tenant',
      'rollback-tenant',
      'skip-rollout-tenant',
      'start-rollout',
      'start-tenant',
      'steer-operation',
      'steer-rollout',
      'stop-tenant',
      'update-tenant',
    ]);
  });

  test('of get-tenant-status are read-only', () => {
    const verbs = app.actionsOf('get-tenant-status').filter((action) => !/^(?:logs|xray):/.test(action));
    expect(verbs.filter((action) => !/^\w+:(?:Get|Describe|List)/.test(action))).toEqual([]);
    expect(verbs).toContain('ecs:DescribeServices');
  });

  test('to pass a role are limited to functions that reconcile, the configured roles, and ECS tasks', () => {
    expect(whoMay('iam:PassRole')).toEqual([
      'adopt-orphan',
      'destroy-tenant',
      'on-provider-event',
      'on-sweep',
      'on-tenant-requested',
      'provision-tenant',
      'remove-orphan',
      'restart-tenant',
      'rollback-tenant',
      'start-tenant',
      'steer-operation',
      'stop-tenant',
      'update-tenant',
    ]);
    for (const [, { Action, Resource, Condition }] of everything) {
      if (![Action].flat().includes('iam:PassRole')) continue;
      expect(Action).toBe('iam:PassRole');
      expect([Resource].flat()).toEqual([ecs.execution_role_arn]);
      expect(Condition?.StringEquals).toEqual({ 'iam:PassedToService': 'ecs-tasks.amazonaws.com' });
    }
  });

  test('that change services are limited to the cluster, to names of the provider and to its tags', () => {
    const changing = new Set(['ecs:CreateService', 'ecs:UpdateService', 'ecs:DeleteService']);
    const found = everything.filter(([, { Action }]) => [Action].flat().some((action) => changing.has(action)));
    expect(found.length).toBeGreaterThan(5);
    for (const [, { Resource, Condition }] of found) {
      expect([Resource].flat()).toEqual(['arn:aws:ecs:eu-central-1:111122223333:service/tenants/berth-ecs_*']);
      expect(Condition?.ArnEquals).toEqual({ 'ecs:cluster': ecs.cluster_arn });
      expect(JSON.stringify(Condition)).toMatch(/aws:(?:Request|Resource)Tag\/berth\.owner/);
    }
  });

  test('to put events are limited to announcing functions, one bus and the source of Berth', () => {
    expect(whoMay('events:PutEvents')).toEqual(['on-tenant-changed', 'on-tenant-requested']);
    for (const [, { Action, Resource, Condition }] of everything) {
      if (![Action].flat().includes('events:PutEvents')) continue;
      expect(JSON.stringify(Resource)).toMatch(/:ExportsOutputFnGetAttBus\w+Arn/);
      expect(Condition).toEqual({ 'ForAllValues:StringEquals': { 'events:source': 'berth' } });
    }
  });

  test('of a function can be assumed by Lambda only', () => {
    for (const role of app.propertiesOf<{ AssumeRolePolicyDocument: { Statement: object[] } }>('AWS::IAM::Role')) {
      expect(role.AssumeRolePolicyDocument.Statement).toEqual([
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ]);
      expect(role).not.toHaveProperty('ManagedPolicyArns');
    }
  });
});

describe('the state', () => {
  const [state] = app.templates;

  test('remains when the stack is deleted: the table and the queues of requests and dead letters', () => {
    const kept = Object.values(state?.Resources ?? {}).filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain');
    const types = kept.map(({ Type, UpdateReplacePolicy }) => [Type, UpdateReplacePolicy]);
    expect(types.sort()).toEqual([
      ['AWS::DynamoDB::GlobalTable', 'Retain'],
      ['AWS::SQS::Queue', 'Retain'],
      ['AWS::SQS::Queue', 'Retain'],
      ['AWS::SQS::Queue', 'Retain'],
    ]);
  });

  test('has the table that the store defines, encrypted, recoverable and protected', () => {
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

  test('has queues with encryption that accept TLS only', () => {
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
    FilterCriteria?: { Filters: { Pattern: string }[] };
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

  test('that request changes go from the bus into the queue, unless their source is Berth', () => {
    const [rule, ...more] = rules.filter(({ EventBusName }) => EventBusName);
    expect(more).toEqual([]);
    expect(rule?.EventPattern).toEqual({
      source: [{ 'anything-but': ['berth'] }],
      'detail-type': ['Tenant Provision Requested', 'Tenant Update Requested', 'Tenant Destroy Requested'],
    });
    expect(rule?.Targets).toEqual([expect.objectContaining({ DeadLetterConfig: expect.anything() })]);
  });

  test('stay invisible longer than a function runs, and become dead letters after five deliveries', () => {
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

  test('arrive in limited batches, of which only failed messages are delivered again', () => {
    expect(sources.map(({ FunctionName }) => app.operationOf(FunctionName.Ref)).sort()).toEqual([
      'on-provider-event',
      'on-sweep',
      'on-tenant-changed',
      'on-tenant-requested',
    ]);
    for (const source of sources.filter((each) => each !== sourceOf('on-sweep'))) {
      expect(source.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    }
    expect(sourceOf('on-tenant-requested')?.ScalingConfig).toEqual({ MaximumConcurrency: 10 });
    expect(sourceOf('on-provider-event')?.ScalingConfig).toEqual({ MaximumConcurrency: 5 });
  });

  test('of the change stream concern tenants only; a failing one is isolated and becomes a dead letter', () => {
    expect(sourceOf('on-tenant-changed')).toMatchObject({
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      MaximumRecordAgeInSeconds: 43_200,
      StartingPosition: 'TRIM_HORIZON',
      DestinationConfig: { OnFailure: { Destination: expect.anything() } },
    });
    expect(JSON.stringify(sourceOf('on-tenant-changed'))).toContain('tenant#');
  });

  test('of the change stream start a sweep where a change leaves work, and only then', () => {
    const source = sourceOf('on-sweep');
    expect(source).toMatchObject({
      StartingPosition: 'LATEST',
      MaximumRetryAttempts: 0,
      MaximumRecordAgeInSeconds: 60,
    });
    expect(JSON.parse(source?.FilterCriteria?.Filters[0]?.Pattern ?? '')).toEqual({
      eventName: ['INSERT', 'MODIFY'],
      dynamodb: {
        Keys: { pk: { S: [{ prefix: 'tenant#' }, { prefix: 'rollout#' }] } },
        NewImage: { work: { S: ['work', 'watch', 'rollouts', { prefix: 'line#' }] } },
      },
    });
  });

  test('of ECS match ended rollouts of services of the provider in its cluster', () => {
    const matching = rules.filter(({ EventPattern, EventBusName }) => EventPattern && !EventBusName);
    expect(matching.map(({ EventPattern }) => EventPattern)).toEqual([
      {
        source: ['aws.ecs'],
        'detail-type': ['ECS Deployment State Change'],
        resources: [{ prefix: 'arn:aws:ecs:eu-central-1:111122223333:service/tenants/berth-ecs_' }],
        detail: { eventName: ['SERVICE_DEPLOYMENT_COMPLETED', 'SERVICE_DEPLOYMENT_FAILED'] },
      },
    ]);
  });

  test('of the schedule start a sweep every minute', () => {
    const [rule] = rules.filter(({ ScheduleExpression }) => ScheduleExpression);
    expect(rule?.ScheduleExpression).toBe('rate(1 minute)');
    expect(JSON.stringify(rule?.Targets)).toContain(`"${app.functions.get('on-sweep')?.id}"`);
  });
});
