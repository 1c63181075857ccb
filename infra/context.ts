import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';
import * as z from 'zod';
import { LOG_LEVELS } from '../functions/runtime/setup/config.ts';
import { toIssues } from '../src/compute/spec/issues.ts';
import { SettingsError } from './settings-error.ts';

/** What CloudWatch knows, except for ever. */
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

const RESERVED = 'must be a whole number from 1 to 1000, or false';

/** The context values of the app: in `cdk.json`, or with `-c key=value`. `docs/deploy.md` lists them from here. */
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
    .describe('What tenants run on: name → `type`, and beside it the settings of that provider'),
  installation: matching(
    /^[A-Za-z][A-Za-z0-9-]{0,99}$/,
    'must be 1 to 100 letters, digits and hyphens, beginning with a letter',
  )
    .default('Berth')
    .describe(
      'The name of the stacks; a second installation in the same account needs another, and another `bus_name`',
    ),
  bus_name: matching(/^[A-Za-z0-9._-]{1,256}$/, 'must be 1 to 256 letters, digits or . - _')
    .default('berth')
    .describe('The name of the bus'),
  existing_bus_arn: Arn('events', 'an EventBridge bus').optional().describe('A bus of your own instead'),
  existing_table: z
    .strictObject({
      table_arn: Arn('dynamodb', 'a DynamoDB table'),
      stream_arn: Arn('dynamodb', 'the stream of that table'),
    })
    .optional()
    .describe(
      'A table of your own instead, as `infra/state/tenants-table.ts` would make it: `{"table_arn", "stream_arn"}`',
    ),
  jwt: z
    .strictObject({
      issuer: z.url({ protocol: /^https$/, error: 'must be an https address' }),
      audience: texts(z.string().min(1), 'must be a list of at least one audience'),
    })
    .optional()
    .describe('Callers show a token of this issuer instead of signing with IAM: `{"issuer", "audience": []}`'),
  cors: z
    .strictObject({
      origins: texts(
        matching(/^https?:\/\/[^*/]+$/, 'must be an origin, such as https://example.com'),
        'must be a list of origins',
      ),
    })
    .optional()
    .describe('Origins whose pages may call the API from browsers, none without it: `{"origins": []}`'),
  throttle: z
    .strictObject({ rate: whole(1, 10_000), burst: whole(1, 5000) })
    .optional()
    .describe(
      'Requests a second that the API takes, in the long run and at a time: `{"rate", "burst"}`; without it, 100 and 200',
    ),
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
    .describe(
      'Where functions run that have to reach into a VPC; the subnets need a way to the AWS APIs: `{"vpc_id", "subnet_ids": [], "security_group_ids": []}`',
    ),
  request_concurrency: whole(2, 1000)
    .optional()
    .describe('How many batches of requests by event are worked on at once; without it, 10'),
  reserved_concurrency: z
    .union([z.int(), z.literal(false)], RESERVED)
    .refine((bound) => bound === false || (bound >= 1 && bound <= 1000), RESERVED)
    .optional()
    .describe(
      'How many of each function that changes tenants may run at once; without it, 10 with ECS. `false`: no bound',
    ),
  alarm_topic_arn: Arn('sns', 'an SNS topic').optional().describe('Is told of every alarm, and of its end'),
  runbook_url: z
    .url({ protocol: /^https$/, error: 'must be an https address' })
    .optional()
    .describe('Where your `docs/runbook.md` is published; alarms link to it'),
  log_level: z
    .enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`)
    .optional()
    .describe('Without it, INFO'),
  log_retention_days: z
    .literal(retentions, `must be one of ${retentions.join(', ')}`)
    .optional()
    .describe('Of every log group; without it, 90'),
});
export type AppContext = z.output<typeof AppContext>;

/** Reads the context. Throws an error that names each value that cannot be used. */
export function readContext(node: Node): AppContext {
  const given = Object.keys(AppContext.shape).map((key) => [key, read(node.tryGetContext(key))]);
  const parsed = AppContext.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    'The context cannot be used. Correct these values in cdk.json, or give them with -c key=value:',
    toIssues(parsed.error).map(({ pointer, message }) => `${pointer.slice(1)}: ${message}`),
  );
}

/** The command line gives texts, `cdk.json` whatever JSON can say. */
function read(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
