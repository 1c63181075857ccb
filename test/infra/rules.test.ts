import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type App, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { EcsFabric } from '../../infra/fabric/ecs-fabric.ts';
import { createStacks } from '../../infra/stacks.ts';
import { readTemplate } from '../support/cloud-assembly.ts';
import { representatives } from './representatives.ts';
import { createApp, ecs, ownAuthorizer, ownStack } from './synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 240_000 });

const vpc = { vpc_id: 'vpc-0a1b2c3d', subnet_ids: ['subnet-0a1b2c3d'], security_group_ids: ['sg-0a1b2c3d'] };
const jwt = { issuer: 'https://issuer.example.com', audience: ['berth'] };
const everything = {
  vpc,
  jwt,
  existing_bus_arn: 'arn:aws:events:eu-central-1:111122223333:event-bus/mine',
  cors: { origins: ['https://app.example.com'] },
  throttle: { rate: 10, burst: 20 },
  alarm_topic_arn: 'arn:aws:sns:eu-central-1:111122223333:alarms',
  runbook_url: 'https://wiki.example.com/berth',
};
const tableArn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/mine';
const existing_table = { table_arn: tableArn, stream_arn: `${tableArn}/stream/1` };
const domain = { name: 'apps.example.com', zone: { zone_id: 'Z0123456789', name: 'example.com' } };
// Each takes seconds: what has fewer resources than one of these has no row.
const contexts: [name: string, context: Record<string, unknown>][] = [
  [
    'with two clusters, a VPC, tokens, an existing bus and every other setting',
    {
      providers: { eu: ecs, us: { ...ecs, task_role_arn: 'arn:aws:iam::111122223333:role/tenant/app' } },
      ...everything,
    },
  ],
  ['with a fabric below a domain and an existing table', { fabric: { domain, repositories: ['*'] }, existing_table }],
];

/** Returns the findings of both cdk-nag packs as `rule at path`. */
function findings(app: App): string[] {
  app.synth();
  return [AwsSolutionsChecks, ServerlessChecks].flatMap((Pack) =>
    new Pack(app)
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
      ),
  );
}

/** Returns the reasons of each acknowledged rule of cdk-nag in an app that was synthesized. */
function acknowledged(app: App): Map<string, Set<string>> {
  const reasons = new Map<string, Set<string>>();
  for (const construct of app.node.findAll()) {
    for (const { type, data } of construct.node.metadata) {
      if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
      for (const [id, reason] of Object.entries(data as Record<string, string>)) {
        if (id.includes('CloudFormation-Validate')) continue; // of CDK, on its own resources
        const rule = id.replace(/^annotation::/i, '');
        reasons.set(rule, (reasons.get(rule) ?? new Set()).add(reason));
      }
    }
  }
  return reasons;
}

// CDK throws its own findings at synthesis.
describe('the validation of CDK', () => {
  test.each(contexts)('and cdk-nag have no unacknowledged finding %s', (_, context) => {
    const app = createApp(context, { validates: true });
    createStacks(app);
    expect(findings(app)).toEqual([]);
  });

  test('accepts the construct with a custom authorizer', () => {
    const { synthesized } = ownStack((stack) => ({ authorizer: ownAuthorizer(stack) }), { validates: true });
    expect(synthesized).not.toThrow();
  });

  test('is active: it refuses an invalid queue', () => {
    const app = createApp({}, { validates: true });
    const properties = { VisibilityTimeout: 'soon' };
    new CfnResource(new Stack(app, 'Own'), 'Queue', { type: 'AWS::SQS::Queue', properties });
    expect(() => app.synth()).toThrow('VisibilityTimeout');
  });
});

describe('cdk-nag', () => {
  test('has exactly these acknowledged rules, each with a reason', () => {
    const app = createApp({ fabric: { domain } });
    createStacks(app);
    new EcsFabric(new Stack(app, 'Own'), 'Fabric');
    app.synth();
    const given = acknowledged(app);
    const rules = [...given.keys()].map((rule) => rule.replace(/\[.*/, ''));
    expect([...new Set(rules)].sort()).toEqual([
      'AwsSolutions-EC23',
      'AwsSolutions-ECS4',
      'AwsSolutions-ELB2',
      'AwsSolutions-IAM4',
      'AwsSolutions-IAM5',
      'AwsSolutions-SQS3',
      'Serverless-EventBusDLQ',
      'Serverless-LambdaDLQ',
      'Serverless-LambdaEventSourceMappingDestination',
      'Serverless-SQSRedrivePolicy',
    ]);
    for (const reasons of given.values()) for (const reason of reasons) expect(reason.length).toBeGreaterThan(10);
  });

  test('is active: it finds an unacknowledged wildcard', () => {
    const app = createApp();
    const { service } = createStacks(app);
    const [role] = service.node.findAll().filter((each) => each instanceof Role);
    role?.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::bucket/*'] }));
    expect(findings(app)).toEqual([
      `AwsSolutions-IAM5[Resource::arn:aws:s3:::bucket/*] at ${role?.node.path}/DefaultPolicy/Resource`,
    ]);
  });
});

const linter = findOnPath('cfn-lint');
/** Actions that are newer than the data of cfn-lint. */
const newer = /^W3037 'continueservicedeployment' is not one of/;

// With BERTH_LINT_ALL, as in CI, every resource; otherwise one of each form.
// The ignored checks concern the style of CDK: duplicate dependencies, and outputs that pass on imported values.
test.runIf(linter)(
  'cfn-lint accepts the templates',
  async () => {
    const outdir = mkdtempSync(join(tmpdir(), 'berth-lint-'));
    onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
    const app = createApp({ providers: { ecs } }, { outdir });
    createStacks(app);
    app.synth();
    const files = ['BerthState', 'Berth'].map((stack) => {
      const template = readTemplate(outdir, stack);
      const file = join(outdir, `${stack}.json`);
      writeFileSync(file, JSON.stringify(process.env.BERTH_LINT_ALL ? template : representatives(template)));
      return file;
    });
    const ignored = ['--ignore-checks', 'W3005', 'W6001'];
    // It exits with a status where it finds something.
    const linting = promisify(execFile)(linter ?? '', [...ignored, '--', ...files]);
    const { stdout } = await linting.catch((error: { stdout: string }) => error);
    const findings = stdout.split('\n\n').filter((finding) => finding.trim() !== '' && !newer.test(finding));
    expect(findings).toEqual([]);
  },
  300_000,
);

function findOnPath(program: string): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
