import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { routes } from '../../functions/routes.ts';
import { Berth } from '../../infra/berth.ts';
import { providerPermissions } from '../../infra/provider-access.ts';
import { tableDefinition } from '../../src/tenants/dynamodb-table.ts';

interface Statement {
  Action: string | string[];
  Resource: unknown;
}

// Without bundling: what is asserted here is the template; the bundles are the same for whoever synthesizes.
const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const stack = new Stack(app, 'Test');
new Berth(stack, 'Berth', { providers: { memory: { type: 'memory' } } });
const template = Template.fromStack(stack);

function resources(type: string): Record<string, { Properties: Record<string, never>; DeletionPolicy?: string }> {
  return template.findResources(type) as never;
}

/** The statements of each function's role, by operation. */
function statements(): Map<string, Statement[]> {
  const policies = Object.values(resources('AWS::IAM::Policy'));
  return new Map(
    Object.values(resources('AWS::Lambda::Function')).map(({ Properties }) => {
      const { Description, Role } = Properties as unknown as { Description: string; Role: { 'Fn::GetAtt': [string] } };
      const role = Role['Fn::GetAtt'][0];
      const own = policies.filter((policy) => JSON.stringify(policy.Properties).includes(`{"Ref":"${role}"}`));
      const list = own.flatMap(
        (policy) =>
          (policy.Properties as { PolicyDocument?: { Statement: Statement[] } }).PolicyDocument?.Statement ?? [],
      );
      return [Description.slice('Berth: '.length), list];
    }),
  );
}

const CLUSTER = 'arn:aws:ecs:eu-central-1:111122223333:cluster/tenants';
const actionsOf = (list: Statement[] = []) => list.flatMap(({ Action }) => Action);

test('every route has its function, and nobody reaches one unnamed', () => {
  const made = Object.values(resources('AWS::ApiGatewayV2::Route')).map(
    ({ Properties }) => Properties as Record<string, unknown>,
  );
  expect(made.map(({ RouteKey }) => RouteKey).sort()).toEqual(
    ['$default', ...routes.map(({ method, path }) => `${method} ${path}`)].sort(),
  );
  expect(made.every(({ AuthorizationType }) => AuthorizationType === 'AWS_IAM')).toBe(true);
  expect([...statements().keys()].sort()).toEqual(
    [...routes.map(({ operation }) => operation), 'on-sweep', 'unmatched-route'].sort(),
  );
});

describe('permissions', () => {
  test('have no wildcard action, and no wildcard resource but the indexes of the table', () => {
    for (const list of statements().values()) {
      for (const { Action, Resource } of list) {
        expect([Action].flat().join()).not.toContain('*');
        expect(JSON.stringify(Resource).replaceAll('/index/*', '')).not.toContain('*');
      }
    }
  });

  test('let only those write that have to', () => {
    const writers = [...statements()]
      .filter(([, list]) => actionsOf(list).includes('dynamodb:PutItem'))
      .map(([operation]) => operation);
    expect(writers.sort()).toEqual([
      'destroy-tenant',
      'list-tenants',
      'on-sweep',
      'provision-tenant',
      'rollback-tenant',
      'update-tenant',
    ]);
    expect(actionsOf(statements().get('get-tenant-status'))).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'dynamodb:GetItem',
    ]);
    expect([...statements().values()].flatMap(actionsOf)).not.toContain('dynamodb:Scan');
  });

  test('let a plan read the tenant, and do nothing', () => {
    const logging = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    expect(actionsOf(statements().get('plan-tenant'))).toEqual([...logging, 'dynamodb:GetItem']);
    expect(actionsOf(statements().get('list-operations'))).toEqual([...logging, 'dynamodb:GetItem', 'dynamodb:Query']);
    const providers = { ecs: { type: 'ecs', cluster_arn: CLUSTER, subnets: ['subnet-0a1b2c3d'] } };
    expect(providerPermissions('plan-tenant', providers)).toEqual([]);
  });
});

test('the table is what the store defines: encrypted, recoverable, protected, and kept', () => {
  const [table] = Object.values(resources('AWS::DynamoDB::GlobalTable'));
  const { KeySchema, GlobalSecondaryIndexes = [] } = tableDefinition('');
  expect(table?.DeletionPolicy).toBe('Retain');
  expect(table?.Properties).toMatchObject({
    KeySchema,
    SSESpecification: { SSEEnabled: true },
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    Replicas: [
      { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
    ],
  });
  const { GlobalSecondaryIndexes: indexes } = {
    GlobalSecondaryIndexes: [],
    ...(table?.Properties as object | undefined),
  };
  expect(indexes).toHaveLength(GlobalSecondaryIndexes.length);
  for (const index of GlobalSecondaryIndexes) expect(indexes).toContainEqual(expect.objectContaining(index));
});

test('every function runs on Node 24 and arm64, and writes to a log group that forgets', () => {
  for (const { Properties } of Object.values(resources('AWS::Lambda::Function'))) {
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: { LogGroup: expect.anything() },
      Environment: { Variables: { BERTH_PROVIDERS: '{"memory":{"type":"memory"}}' } },
    });
  }
  for (const { Properties } of Object.values(resources('AWS::Logs::LogGroup')))
    expect(Properties).toMatchObject({ RetentionInDays: 90 });
});

test('the sweep begins every minute', () => {
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
});

test('with ECS, only what provisions or updates may pass a role, and then only the configured ones', () => {
  const cluster_arn = CLUSTER;
  const execution_role_arn = 'arn:aws:iam::111122223333:role/berth-execution';
  const providers = { ecs: { type: 'ecs', cluster_arn, execution_role_arn, subnets: ['subnet-0a1b2c3d'] } };
  const passing = (operation: string) =>
    providerPermissions(operation, providers).filter(({ actions }) => actions.includes('iam:PassRole'));
  for (const { operation } of [...routes, { operation: 'on-sweep' as const }]) {
    const mayPass = ['provision-tenant', 'update-tenant', 'rollback-tenant', 'on-sweep'].includes(operation);
    expect(passing(operation).length > 0, operation).toBe(mayPass);
    for (const { resources, conditions } of passing(operation)) {
      expect(resources).toEqual([execution_role_arn]);
      expect(JSON.stringify(conditions)).toContain('"iam:PassedToService":"ecs-tasks.amazonaws.com"');
    }
    const actions = providerPermissions(operation, providers).flatMap((statement) => statement.actions);
    expect(actions.join()).not.toContain('*');
  }
});
