import { type App, Lazy, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { describe, expect, test, vi } from 'vitest';
import type { TableAccess } from '../../functions/operations/row.ts';
import { operations } from '../../functions/operations.ts';
import { Berth, type BerthProps } from '../../infra/berth.ts';
import { checkEnvironment, MAX_ENVIRONMENT_BYTES } from '../../infra/functions/environment.ts';
import { createStacks } from '../../infra/stacks.ts';
import { State } from '../../infra/state/state.ts';
import { dashboardUrl } from '../../infra/watch/dashboard-url.ts';
import type { CfnTemplate } from '../support/cloud-assembly.ts';
import { createApp, ecs, ownStack, synthesizeApp } from './synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 240_000 });

const providers = { memory: { type: 'memory' } };

/** The number of functions of one installation with ECS. */
const functionsOfOne = Object.keys(operations).length;

/** What AWS accepts of the texts that Berth derives: longest text, and pattern. */
const limits: Readonly<Record<string, Readonly<Record<string, { longest: number; pattern?: RegExp }>>>> = {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
  'AWS::Logs::LogGroup': { LogGroupName: { longest: 512, pattern: /^[.\-_/#A-Za-z0-9]+$/ } },
  // https://docs.aws.amazon.com/eventbridge/latest/schema-reference/v1-registries.html
  'AWS::EventSchemas::Registry': { RegistryName: { longest: 64, pattern: /^[0-9A-Za-z_.-]+$/ } },
  'AWS::EventSchemas::Schema': { SchemaName: { longest: 385 }, Description: { longest: 256 } },
  // https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
  'AWS::ApiGatewayV2::Api': { Name: { longest: 128 }, Description: { longest: 1024 } },
  'AWS::ApiGatewayV2::Authorizer': { Name: { longest: 128 } },
  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
  'AWS::Lambda::Function': { Description: { longest: 256 }, FunctionName: { longest: 64 }, Handler: { longest: 128 } },
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
  'AWS::IAM::Role': { RoleName: { longest: 64 }, Description: { longest: 1000 } },
  'AWS::IAM::Policy': { PolicyName: { longest: 128, pattern: /^[\w+=,.@-]+$/ } },
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
  'AWS::Events::Rule': { Name: { longest: 64 }, Description: { longest: 512 } },
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
  'AWS::Events::EventBus': { Name: { longest: 256, pattern: /^[/.\-_A-Za-z0-9]+$/ } },
  'AWS::Events::EventBusPolicy': { StatementId: { longest: 64, pattern: /^[a-zA-Z0-9-_]+$/ } },
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  'AWS::CloudWatch::Alarm': { AlarmName: { longest: 255 }, AlarmDescription: { longest: 1024 } },
  'AWS::CloudWatch::Dashboard': { DashboardName: { longest: 255, pattern: /^[A-Za-z0-9-_]+$/ } },
};

/** Names that have to differ in an account and region. */
const unique = ['LogGroupName', 'RegistryName', 'DashboardName', 'AlarmName', 'RoleName', 'FunctionName'];

const LONG_STAGE = `Production-${'z'.repeat(80)}`;

/** Ways to make installations. Each returns one app, or apps of one account. */
const shapes: [name: string, make: () => App[]][] = [
  [
    'an app with an installation name of 100 characters',
    () => inApp({ providers: { ecs }, installation: `B${'x'.repeat(99)}`, bus_name: 'b'.repeat(256) }),
  ],
  [
    'every setting with its longest text',
    () => {
      const runbook_url = `https://wiki.example.com/${'r'.repeat(487)}`;
      const cors = { origins: ['https://app.example.com'] };
      return inApp({ providers: { [`e${'c'.repeat(62)}`]: ecs }, runbook_url, log_level: 'DEBUG', cors });
    },
  ],
  ['stages', () => inStages('eu-central-1', 'Development', LONG_STAGE)],
  ['stages that are not bound to a region', () => inStages(undefined, 'Development', LONG_STAGE)],
  ['a stage in China', () => inStages('cn-north-1', LONG_STAGE)],
  ['a stage in GovCloud', () => inStages('us-gov-west-1', LONG_STAGE)],
  [
    'nested stacks, two levels deep',
    () => {
      const app = createApp();
      const outer = new NestedStack(new Stack(app, `Platform-${'x'.repeat(110)}`), 'Outer');
      berthIn(new NestedStack(outer, 'Inner'));
      return [app];
    },
  ],
  [
    'two installations of one id in a stack',
    () => {
      // Together they have more resources than a stack may have, which CDK refuses; their names must differ all the same.
      const app = createApp({ '@aws-cdk/core:stackResourceLimit': 0 });
      const stack = new Stack(app, 'Both');
      for (const cell of ['Blue', 'Green'])
        berthIn(new Construct(stack, cell), new State(stack, `${cell}State`, { busName: cell }));
      return [app];
    },
  ],
  [
    'stacks of one path in two apps',
    () =>
      ['1', '2'].map((end) => {
        const app = createApp();
        berthIn(new Stack(app, 'Control', { stackName: `same-${'y'.repeat(110)}-${end}` }));
        return app;
      }),
  ],
];

function inApp(context: Record<string, unknown>): App[] {
  const app = createApp(context);
  createStacks(app);
  return [app];
}

function inStages(region: string | undefined, ...names: string[]): App[] {
  const app = createApp();
  for (const name of names) {
    const env = region === undefined ? {} : { env: { region, account: '111122223333' } };
    berthIn(new Stack(new Stage(app, name), 'Control', env));
  }
  return [app];
}

function berthIn(scope: Construct, state?: State): Berth {
  return new Berth(scope, 'Berth', { providers: { ecs }, state, cors: { allowOrigins: ['https://app.example.com'] } });
}

/** Returns the templates of all stacks of an app, those of stages and nested stacks included. */
function templatesOf(app: App): CfnTemplate[] {
  app.synth();
  const stacks = app.node.findAll().filter((each) => Stack.isStack(each));
  return stacks.map((stack) => Template.fromStack(stack as Stack).toJSON() as CfnTemplate);
}

/** Returns the text of a value. What is known only at deployment counts with its expression. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

describe.each(shapes)('%s', (_, make) => {
  const templates = make().flatMap(templatesOf);
  const resources = templates.flatMap(({ Resources = {} }) => Object.entries(Resources));

  test('have names and texts that AWS accepts', () => {
    for (const [id, { Type, Properties = {} }] of resources) {
      for (const [name, { longest, pattern }] of Object.entries(limits[Type] ?? {})) {
        const value = Properties[name];
        if (value === undefined) continue;
        expect([id, name, typeof value]).toEqual([id, name, 'string']);
        expect(textOf(value).length, `${id}.${name}`).toBeLessThanOrEqual(longest);
        if (pattern) expect(value, `${id}.${name}`).toMatch(pattern);
      }
    }
  });

  test('have different names for what an account has only once', () => {
    for (const property of unique) {
      const given = resources.map(([, { Properties = {} }]) => Properties[property]);
      const names = given.filter((name) => typeof name === 'string'); // any other is a reference to one of these
      expect(new Set(names).size, `${property}: ${names}`).toBe(names.length);
    }
    const services = resources
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
      .map(([, { Properties }]) => (Properties.Environment as { Variables: Record<string, unknown> }).Variables);
    const installations = services.map(({ BERTH_INSTALLATION }) => textOf(BERTH_INSTALLATION));
    expect(services.length / new Set(installations).size).toBe(functionsOfOne);
    for (const name of new Set(installations)) expect(name.length).toBeLessThanOrEqual(255);
  });

  test('have templates that CloudFormation accepts', () => {
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    for (const { Resources = {}, Outputs = {}, ...template } of templates) {
      const functions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
      const installations = Math.max(1, functions.length / functionsOfOne);
      expect(Object.keys(Resources).length / installations).toBeLessThanOrEqual(500);
      expect(Object.keys(Outputs).length).toBeLessThanOrEqual(200);
      expect(JSON.stringify({ Resources, Outputs, ...template }).length).toBeLessThanOrEqual(1_000_000);
      for (const id of [...Object.keys(Resources), ...Object.keys(Outputs)]) expect(id).toMatch(/^[A-Za-z0-9]{1,255}$/);
      for (const { Export } of Object.values(Outputs))
        if (Export) expect(textOf(Export.Name).length).toBeLessThanOrEqual(255);
    }
  });

  test('have policies that IAM accepts', () => {
    expectSmallPolicies(templates);
  });
});

/** Returns the size of a policy when it is deployed: an ARN that is unknown before counts with 250 characters. */
function policySize({ PolicyDocument }: Record<string, unknown>): number {
  const isReference = (value: object) => Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'));
  const resolve = (_: string, value: unknown) =>
    typeof value === 'object' && value !== null && isReference(value) ? 'x'.repeat(250) : value;
  return JSON.stringify(PolicyDocument, resolve).length;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
function expectSmallPolicies(templates: readonly CfnTemplate[]): void {
  for (const { Resources = {} } of templates) {
    const of = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type);
    for (const [id, { Properties }] of of('AWS::IAM::Policy')) {
      expect(policySize(Properties), id).toBeLessThanOrEqual(10_240);
    }
    for (const [id, { Properties }] of of('AWS::IAM::ManagedPolicy')) {
      expect(policySize(Properties), id).toBeLessThanOrEqual(6144);
    }
    const attached = of('AWS::IAM::ManagedPolicy').flatMap(([, { Properties }]) =>
      (Properties.Roles as object[]).map(textOf),
    );
    for (const role of attached) expect(attached.filter((each) => each === role).length, role).toBeLessThanOrEqual(10);
  }
}

describe('the environment of a function', () => {
  const many = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `ecs-${index}`,
        { ...ecs, cluster_arn: `${ecs.cluster_arn}-${index}` },
      ]),
    );

  /** The largest number of ECS providers whose settings fit. */
  const fitting = Math.floor((MAX_ENVIRONMENT_BYTES - 700) / JSON.stringify({ 'ecs-10': many(11)['ecs-10'] }).length);

  test('that is larger than Lambda allows is refused at synthesis, with the figure and the share of each provider', () => {
    const context = { providers: many(40) };
    expect(() => synthesizeApp(context)).toThrow(
      /^The environment of [\w-]+ would have \d{4,5} bytes, and Lambda allows 4096.*\n {2}providers\/ecs-0: \d+ bytes/,
    );
  });

  test('counts names that only the deployment knows with their longest length', () => {
    const key = 'x'.repeat(MAX_ENVIRONMENT_BYTES - 150);
    // The same settings fit where the function has no table.
    const settings = { memory: { type: 'memory', key } };
    expect(() =>
      checkEnvironment('get-provider', { BERTH_PROVIDERS: JSON.stringify(settings) }, settings),
    ).not.toThrow();
    const table = Lazy.string({ produce: () => 'tenants' });
    const variables = { BERTH_PROVIDERS: JSON.stringify(settings), BERTH_TABLE: table };
    expect(() => checkEnvironment('get-tenant', variables, settings)).toThrow(
      'The environment of get-tenant would have',
    );
  });

  test('has room for more providers than the policies of a role need', () => {
    expect(fitting).toBeGreaterThan(10);
    const app = synthesizeApp({ providers: many(fitting) });
    expectSmallPolicies(app.templates);
    for (const { Environment } of app.functions.values()) {
      const size = Object.entries(Environment.Variables).flat().map(textOf).join('').length;
      expect(size).toBeLessThanOrEqual(MAX_ENVIRONMENT_BYTES + 300); // references are longer than names
    }
  });
});

test('a runbook address that is too long for the description of an alarm is refused', () => {
  const runbookUrl = `https://wiki.example.com/${'r'.repeat(488)}`;
  expect(() => ownStack(() => ({ runbookUrl }))).toThrow('runbook_url: must have at most 512 characters');
});

describe('the link to the dashboard', () => {
  test.each([
    ['eu-central-1', 'https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#'],
    ['cn-north-1', 'https://console.amazonaws.cn/cloudwatch/home?region=cn-north-1#'],
    ['us-gov-west-1', 'https://console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#'],
    ['eusc-de-east-1', 'https://console.amazonaws-eusc.eu/cloudwatch/home?region=eusc-de-east-1#'],
  ])('leads to the console of the partition of %s', (region, address) => {
    const stack = new Stack(createApp(), 'Control', { env: { region, account: '111122223333' } });
    expect(dashboardUrl(new Dashboard(stack, 'Dashboard'))).toContain(address);
  });

  test('is chosen by the partition at deployment, where the stack is bound to no region', () => {
    const [, service] = synthesizeApp({ providers }).templates;
    const [, output] = Object.entries(service?.Outputs ?? {}).find(([id]) => id.includes('Dashboard')) ?? [];
    const [link, conditions] = [JSON.stringify(output?.Value), JSON.stringify(service?.Conditions)];
    for (const host of ['console.amazonaws.cn', 'console.amazonaws-us-gov.com', 'console.aws.amazon.com']) {
      expect(link).toContain(host);
    }
    expect(conditions).toContain('{"Fn::Equals":[{"Ref":"AWS::Partition"},"aws-cn"]}');
  });
});

describe('a table of your own with a customer managed key', () => {
  const tableArn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/mine';
  const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d';
  const made: [name: string, make: () => ReturnType<typeof synthesizeApp>][] = [
    [
      'imported by the app',
      () => {
        const existing_table = { table_arn: tableArn, stream_arn: `${tableArn}/stream/1`, key_arn: keyArn };
        return synthesizeApp({ providers, existing_table });
      },
    ],
    [
      'given to the construct',
      () =>
        ownStack((stack) => {
          const encryptionKey = Key.fromKeyArn(stack, 'Key', keyArn);
          const attributes = { tableArn, tableStreamArn: `${tableArn}/stream/1`, encryptionKey };
          return { table: TableV2.fromTableAttributes(stack, 'Table', attributes) as BerthProps['table'] };
        }).synthesized(),
    ],
  ];

  test.each(made)('%s: every function that uses the table may use the key, through DynamoDB only', (_, make) => {
    const app = make();
    for (const [operation, { items = [], lists = [] }] of Object.entries(operations).map(
      ([name, { table }]) => [name, table as TableAccess] as const,
    )) {
      if (!app.functions.has(operation)) continue;
      const statements = app.statementsOf(operation).filter(({ Action }) => JSON.stringify(Action).includes('kms:'));
      const actions = statements.flatMap(({ Action }) => Action);
      const isReading = items.length > 0 || lists.length > 0;
      const isWriting = items.some((kind) => kind !== 'read');
      expect([operation, actions.includes('kms:Decrypt')]).toEqual([operation, isReading]);
      expect([operation, actions.includes('kms:Encrypt')]).toEqual([operation, isWriting]);
      for (const { Resource, Condition } of statements) {
        expect(Resource).toBe(keyArn);
        expect(JSON.stringify(Condition?.StringEquals?.['kms:ViaService'])).toContain('dynamodb.eu-central-1.');
      }
    }
  });

  test('without such a key, no function has rights to keys', () => {
    const app = synthesizeApp({ providers });
    for (const operation of app.functions.keys()) expect(app.actionsOf(operation).join()).not.toContain('kms:');
  });
});
