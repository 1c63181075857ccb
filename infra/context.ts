import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';
import * as z from 'zod';
import { LOG_LEVELS } from '../functions/runtime/setup/config.ts';
import { toIssues } from '../src/compute/spec/issues.ts';
import { SettingsError } from './settings.ts';

/** The retention periods of CloudWatch in days, except infinite. */
const retentions = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days < RetentionDays.INFINITE,
);

function matching(pattern: RegExp, must: string) {
  return z.string(must).regex(pattern, must);
}

function whole(min: number, max: number) {
  const must = `must be a whole number from ${min} to ${max}`;
  return z.int(must).min(min, must).max(max, must);
}

function texts(item: z.ZodType<string>, must: string) {
  return z.array(item, must).min(1, must);
}

const Arn = (service: string, what: string) =>
  matching(new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]+:[0-9]{12}:.+$`), `must be the ARN of ${what}`);

const SCOPES = 'must be false, or names of scopes: {"read", "change", "destroy", "admin"}, each without spaces';
const Name = matching(/^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/, 'must be 1 to 64 characters of an OAuth scope').optional();

const RETENTION = `must be one of ${retentions.join(', ')}`;
const RESERVED = 'must be a whole number from 1 to 1000, or false';

const HOST = /^(?=.{1,180}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;

const Domain = z
  .strictObject({
    name: matching(HOST, 'must be a domain in lower-case letters, such as apps.example.com'),
    zone: z
      .strictObject({
        zone_id: matching(/^Z[A-Z0-9]{1,31}$/, 'must be the id of a hosted zone'),
        name: matching(HOST, 'must be the name of the hosted zone, such as example.com'),
      })
      .optional(),
    certificate_arn: Arn('acm', 'a certificate of ACM').optional(),
  })
  .refine(({ zone, certificate_arn }) => zone ?? certificate_arn, {
    error: 'needs zone, or certificate_arn of a certificate for all hosts below the name',
  })
  .refine(({ name, zone }) => !zone || name === zone.name || name.endsWith(`.${zone.name}`), {
    path: ['name'],
    error: 'must be in the zone',
  });

const REPOSITORY = 'must be the name of an ECR repository, with * for any text';
const Fabric = z.strictObject(
  {
    domain: Domain.optional(),
    repositories: z
      .array(matching(/^[a-z0-9*][a-z0-9*._/-]{0,255}$/, REPOSITORY), 'must be a list of names of ECR repositories')
      .max(20, 'must be at most 20 names')
      .optional(),
  },
  'must be true, or an object with domain and repositories',
);

/** The context values of the app, from `cdk.json` or `-c key=value`. The table in `docs/deploy.md` is made from them. */
export const AppContext = z.strictObject({
  providers: z
    .record(
      z.string(),
      z.looseObject(
        { type: z.string('must have a type, such as "ecs"') },
        'must be an object with the type of the provider',
      ),
      'must be set, such as {"ecs": {"type": "ecs", "cluster_arn": "…", "subnets": ["…"]}}',
    )
    .describe('Backends of tenants: name → `type` and the settings of that provider'),
  fabric: Fabric.optional().describe('Makes what a provider `ecs` needs: `true`, or `{"domain", "repositories": []}`'),
  installation: matching(
    /^[A-Za-z][A-Za-z0-9-]{0,99}$/,
    'must be 1 to 100 letters, digits and hyphens, beginning with a letter',
  )
    .default('Berth')
    .describe('Prefix of the stack names. A second installation needs its own, and a `bus_name`'),
  bus_name: matching(/^[A-Za-z0-9._-]{1,256}$/, 'must be 1 to 256 letters, digits or . - _')
    .default('berth')
    .describe('Name of the bus'),
  existing_bus_arn: Arn('events', 'an EventBridge bus').optional().describe('An existing bus to use instead'),
  existing_table: z
    .strictObject({
      table_arn: Arn('dynamodb', 'a DynamoDB table'),
      stream_arn: Arn('dynamodb', 'the stream of that table'),
      key_arn: Arn('kms', 'the key of that table').optional(),
    })
    .optional()
    .describe('A table like that of `infra/state/tenants-table.ts`: `{table_arn, stream_arn, key_arn}`'),
  jwt: z
    .strictObject({
      issuer: z.url({ protocol: /^https$/, error: 'must be an https address' }),
      audience: texts(z.string().min(1), 'must be a list of at least one audience'),
      scopes: z
        .union([z.literal(false), z.strictObject({ read: Name, change: Name, destroy: Name, admin: Name })], SCOPES)
        .optional(),
    })
    .optional()
    .describe('Authorizes tokens of this issuer instead of IAM signatures: `{"issuer", "audience": [], "scopes"}`'),
  cors: z
    .strictObject({
      origins: texts(
        matching(/^https?:\/\/[^*/]+$/, 'must be an origin, such as https://example.com'),
        'must be a list of origins',
      ),
    })
    .optional()
    .describe('Origins whose pages may call the API; default none: `{"origins": []}`'),
  throttle: z
    .strictObject({ rate: whole(1, 10_000), burst: whole(1, 5000) })
    .optional()
    .describe('Requests per second and burst of the API: `{"rate", "burst"}`; default 100 and 200'),
  vpc: z
    .strictObject({
      vpc_id: matching(/^vpc-[0-9a-f]{8,17}$/, 'must be the id of a VPC'),
      subnet_ids: texts(matching(/^subnet-[0-9a-f]{8,17}$/, 'must be the id of a subnet'), 'must be a list of subnets'),
      security_group_ids: texts(
        matching(/^sg-[0-9a-f]{8,17}$/, 'must be the id of a security group'),
        'must be a list of security groups',
      ),
    })
    .optional()
    .describe('Runs functions in a VPC: `{"vpc_id", "subnet_ids": [], "security_group_ids": []}`'),
  request_concurrency: whole(2, 1000).optional().describe('Concurrent batches of requests from the bus; default 10'),
  reserved_concurrency: z
    .union([z.int(), z.literal(false)], RESERVED)
    .refine((bound) => bound === false || (bound >= 1 && bound <= 1000), RESERVED)
    .optional()
    .describe('Reserved concurrency of mutations; default 10 with ECS; `false`: none'),
  waiting_concurrency: whole(1, 1000).optional().describe('Callers that wait for operations at a time; default 100'),
  alarm_topic_arn: Arn('sns', 'an SNS topic').optional().describe('Receives every alarm, and its end'),
  runbook_url: z
    .url({ protocol: /^https$/, error: 'must be an https address' })
    .optional()
    .describe('URL of your copy of `docs/runbook.md`; alarms link to it'),
  health_hold_seconds: whole(0, 3600).optional().describe('How long a change of health has to hold; default 20'),
  log_level: z
    .enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`)
    .optional()
    .describe('Default `INFO`'),
  log_retention_days: z
    .int(RETENTION)
    .refine((days) => retentions.some((known) => known === days), RETENTION)
    .optional()
    .describe('Retention of every log group, as CloudWatch offers it: 1, 7, 30, …; default 90'),
});
export type AppContext = z.output<typeof AppContext>;

/** Reads the context. Throws a `SettingsError` that names every invalid value. */
export function readContext(node: Node): AppContext {
  const given = Object.keys(AppContext.shape).map((key) => [key, read(node.tryGetContext(key))]);
  const parsed = AppContext.safeParse(withFabric(Object.fromEntries(given)));
  const unknown = unknownKeys(node).map((key) => `${key}: is not a setting; docs/deploy.md lists the settings`);
  if (parsed.success && unknown.length === 0) return parsed.data;
  const invalid = parsed.success ? [] : toIssues(parsed.error);
  throw new SettingsError('The context is invalid. Correct these values in cdk.json, or pass them with -c key=value:', [
    ...invalid.map(({ pointer, message }) => `${pointer.slice(1)}: ${message}`),
    ...unknown,
  ]);
}

/** Completes a context with a fabric: `true` stands for one without settings, and it makes a provider, so it needs none. */
function withFabric({ fabric, providers, ...context }: Record<string, unknown>): Record<string, unknown> {
  if (fabric === undefined || fabric === false) return { ...context, providers };
  return { ...context, providers: providers ?? {}, fabric: fabric === true ? {} : fabric };
}

/** Keys of the CDK that have no colon, slash or @ in them: https://docs.aws.amazon.com/cdk/v2/guide/context.html */
const CDK_KEYS = ['acknowledged-issue-numbers', 'cli-telemetry', 'tree'];

/** Returns the keys of the context that neither Berth nor the CDK reads, such as misspelt ones. */
function unknownKeys(node: Node): string[] {
  const known = new Set([...Object.keys(AppContext.shape), ...CDK_KEYS]);
  const given: unknown = node.getAllContext();
  return Object.keys(given as object).filter((key) => !known.has(key) && !/[:/@]/.test(key));
}

/** Parses a value of the command line, which is text; `cdk.json` already holds JSON values. */
function read(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
