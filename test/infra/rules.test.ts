import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type App, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createStacks } from '../../infra/stacks.ts';
import { createApp, ecs } from './synthesized.ts';

// To synthesize takes seconds of CPU, of which a busy machine has few.
vi.setConfig({ testTimeout: 240_000 });

const vpc = { vpc_id: 'vpc-0a1b2c3d', subnet_ids: ['subnet-0a1b2c3d'], security_group_ids: ['sg-0a1b2c3d'] };
const jwt = { issuer: 'https://issuer.example.com', audience: ['berth'] };
const contexts: [name: string, context: Record<string, unknown>][] = [
  ['with the memory provider', { providers: { memory: { type: 'memory' } } }],
  ['with ECS', { providers: { ecs } }],
  [
    'with two clusters, a VPC and tokens',
    { providers: { eu: ecs, us: { ...ecs, task_role_arn: 'arn:aws:iam::111122223333:role/tenant/app' } }, vpc, jwt },
  ],
];

/** Everything that either pack of cdk-nag has against an app, as `rule at path`. */
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

/** Rule → reasons, of everything that is acknowledged in an app. */
function acknowledged(app: App): Map<string, Set<string>> {
  const reasons = new Map<string, Set<string>>();
  for (const construct of app.node.findAll()) {
    for (const { type, data } of construct.node.metadata) {
      if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
      for (const [id, reason] of Object.entries(data as Record<string, string>)) {
        const rule = id.replace(/^annotation::/i, '');
        reasons.set(rule, (reasons.get(rule) ?? new Set()).add(reason));
      }
    }
  }
  return reasons;
}

describe('cdk-nag', () => {
  test.each(contexts)('%s, has nothing against it that is not acknowledged', (_, context) => {
    const app = createApp(context);
    createStacks(app);
    expect(findings(app)).toEqual([]);
  });

  test('has exactly these rules acknowledged, and each for a reason', () => {
    const app = createApp();
    createStacks(app);
    const given = acknowledged(app);
    const rules = [...given.keys()].map((rule) => rule.replace(/\[.*/, ''));
    expect([...new Set(rules)].sort()).toEqual([
      'AwsSolutions-IAM5',
      'AwsSolutions-SQS3',
      'Serverless-EventBusDLQ',
      'Serverless-LambdaDLQ',
      'Serverless-LambdaEventSourceMappingDestination',
      'Serverless-SQSRedrivePolicy',
    ]);
    for (const reasons of given.values()) for (const reason of reasons) expect(reason.length).toBeGreaterThan(10);
  });

  test('finds a wildcard that nobody acknowledged: it is at work', () => {
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

// What it warns of is how CDK writes: dependencies said twice, and outputs that hand on what another stack gives.
test.runIf(linter)(
  'cfn-lint has nothing against the templates',
  async () => {
    const outdir = mkdtempSync(join(tmpdir(), 'berth-lint-'));
    onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
    const app = createApp({ providers: { ecs } }, outdir);
    createStacks(app);
    app.synth();
    const files = ['BerthState', 'Berth'].map((stack) => join(outdir, `${stack}.template.json`));
    const ignored = ['--ignore-checks', 'W3005', 'W6001'];
    const { stdout } = await promisify(execFile)(linter ?? '', [...ignored, '--', ...files]);
    expect(stdout).toBe('');
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
