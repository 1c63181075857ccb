import * as z from 'zod';
import { InvalidRequestError } from '../../compute/errors.ts';
import { toIssues } from '../../compute/spec/issues.ts';
import { DNS_LABEL, PROVIDER_NAME } from '../../compute/spec/names.ts';

const dnsLabel = (name: string) =>
  z
    .string(`${name} required`)
    .regex(
      DNS_LABEL,
      `${name} must be 1 to 63 lower-case letters, digits or hyphens, beginning and ending with a letter or digit`,
    );

const SIZE = 'size must be a number of tenants from 1, such as 5, or a share from 1% to 100%, such as 10%';
const SHARE = /^(?:[1-9]|[1-9][0-9]|100)%$/;
const NUMBER = /^[1-9][0-9]{0,5}$/;

const size = z
  .union([z.string(), z.int()], SIZE)
  .transform(String)
  .refine((text) => SHARE.test(text) || NUMBER.test(text), SIZE)
  .meta({ type: 'string', pattern: '^[1-9][0-9]*%?$' });

const BUDGET = 'failure_budget must be a number of tenants, such as 2, or a share such as 5%';

const WaveRequest = z.strictObject({
  name: dnsLabel('name').optional().describe('Default: wave-1, wave-2, …'),
  size: size.describe('A number of tenants, or a share of all selected such as 10%. Cumulative'),
  bake_seconds: z
    .int('bake_seconds must be a whole number')
    .min(0, 'bake_seconds must be at least 0')
    .max(604_800, 'bake_seconds must be at most 604800, a week')
    .default(0)
    .describe('How long to watch the wave before its health decides whether the next one begins'),
  gate: z
    .enum(['auto', 'approval'], 'gate must be auto or approval')
    .default('auto')
    .describe('approval: the wave begins when a caller approves it'),
});

const Select = z.strictObject(
  {
    labels: z.record(z.string(), z.string('a label must be a text')).optional().describe('All of these labels'),
    provider: z.string().regex(PROVIDER_NAME, 'provider must be the name of a provider').optional(),
    tenant_ids: z
      .array(dnsLabel('tenant_id'))
      .max(5000, 'tenant_ids must have at most 5000 entries; select more tenants by a label')
      .optional(),
  },
  'select required: say which tenants to change by labels, provider or tenant_ids',
);

const time = (name: string) =>
  z.iso.datetime({ offset: true, error: `${name} must be a time such as 2026-11-29T22:00:00Z` });

const shape = {
  select: Select.describe('The tenants to change: those for which all given conditions hold'),
  change: z
    .record(z.string(), z.unknown(), 'change required: a merge patch of the specification')
    .describe('A merge patch of the specification (RFC 7396), with containers as an object keyed by name'),
  waves: z.array(WaveRequest).min(1, 'waves must have at least one').max(50, 'waves must be at most 50').optional(),
  max_in_flight: z
    .int('max_in_flight must be a whole number')
    .min(1, 'max_in_flight must be at least 1')
    .max(100, 'max_in_flight must be at most 100')
    .default(10)
    .describe('How many tenants are being changed at a time'),
  failure_budget: z
    .union(
      [z.int(BUDGET).min(0, BUDGET).max(100_000, BUDGET), z.string().regex(/^(?:0|[1-9]|[1-9][0-9]|100)%$/, BUDGET)],
      BUDGET,
    )
    .default(0)
    .describe('How many tenants may fail before it halts, as a number or as a share of all selected'),
  on_failure: z.enum(['pause', 'undo'], 'on_failure must be pause or undo').default('pause'),
  not_before: time('not_before').optional().describe('No wave begins before this time'),
  not_after: time('not_after').optional().describe('No wave begins after this time'),
};

/** What starts a rollout. */
export const RolloutRequest = z.strictObject({
  rollout_id: dnsLabel('rollout_id').describe('Chosen by the caller'),
  token: z.string('token must be a text').max(128, 'token is too long').optional().describe('Of the plan'),
  ...shape,
});
export type RolloutRequest = z.output<typeof RolloutRequest>;

/** What is planned: the same, and the id may be left open. */
export const RolloutPlanRequest = z.strictObject({
  ...RolloutRequest.shape,
  rollout_id: RolloutRequest.shape.rollout_id.optional(),
});
export type RolloutPlanRequest = z.output<typeof RolloutPlanRequest>;

/** Returns a request that starts a rollout, checked. Throws `InvalidRequestError` with every issue. */
export function readRolloutRequest(input: unknown): RolloutRequest {
  return read(RolloutRequest, input);
}

/** Returns a request for a plan, checked. Throws `InvalidRequestError` with every issue. */
export function readPlanRequest(input: unknown): RolloutPlanRequest {
  return read(RolloutPlanRequest, input);
}

function read<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(toIssues(parsed.error));
}
