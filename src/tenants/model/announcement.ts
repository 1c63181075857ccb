import * as z from 'zod';
import { Endpoint, Health } from '../../compute/results.ts';
import { HealthRecord, Trouble } from './health.ts';
import { Approval, Failure } from './operation.ts';

/** What an announcement repeats of the metadata of its request. Bounded: see `src/events/echo.ts`. */
export const Requester = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type Requester = z.infer<typeof Requester>;

/** Identifies an announcement. Repetitions of an announcement carry the same `event_id`. */
export const AnnouncementMetadata = z.object({
  event_id: z
    .string()
    .describe('Made from what it announces, so that every repetition carries the same; deduplicate by it'),
  schema_version: z.literal('1'),
  operation_id: z.string().optional(),
  incarnation: z.string().optional().describe('Which life of the tenant id'),
  actor: z.string(),
  request_id: z.string().optional().describe('The HTTP request or the event that asked for it'),
  requester: Requester.optional().describe(
    'Keys of the metadata of the request that began the operation, as its sender wrote them, for correlation',
  ),
  occurred_at: z.iso.datetime(),
  truncated: z.literal(true).optional().describe('Texts or lists were shortened; the operation has the whole'),
});
export type AnnouncementMetadata = z.infer<typeof AnnouncementMetadata>;

/** Who let the version go on where it waited for approval. Absent where it did not. */
const Approvals = z.array(Approval.omit({ gate: true })).optional();

export const SucceededData = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  revision: z.int().optional(),
  changes: z.array(z.string()).optional(),
  endpoints: z.array(Endpoint),
  approvals: Approvals,
});

/** Why an operation failed. Codes are plain texts: a consumer must accept codes that are added later. */
const AnnouncedFailure = z.object({
  ...Failure.shape,
  code: z.string().describe('What went wrong, for programs, such as invalid_spec'),
  fault: z.enum(['caller', 'platform', 'provider']).describe('Who has to act'),
  retryable: z.boolean().describe('Whether the same request may succeed later'),
  usable: z.boolean().describe('Whether the version before it still serves'),
  message: z.string().describe('For people'),
  hint: z.string().describe('What to do next'),
});

export const FailedData = z.object({
  tenant_id: z.string().optional().describe('Absent where the request did not say'),
  provider_type: z.string().optional(),
  revision: z.int().optional(),
  error: AnnouncedFailure,
  approvals: Approvals,
});

export const OrphanData = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  installation: z
    .string()
    .optional()
    .describe('The installation on the resources: always this one. Absent where they carry none'),
  first_seen_at: z.iso.datetime(),
  remove_at: z
    .string()
    .optional()
    .describe('ISO 8601: when Berth removes it at the earliest. Absent where it is only reported'),
});

/** How the health of a tenant changed, as it was observed. Reasons are plain texts, as codes are. */
export const HealthData = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  revision: z.int().optional().describe('The revision that serves'),
  health: Health,
  reason: z
    .string()
    .optional()
    .describe(`Why it is degraded: ${Trouble.options.join(', ')}. Absent when it recovered`),
  message: z.string().describe("The provider's words, for people"),
  since: z.iso.datetime().describe('The first look that found it so'),
  observed_at: z.iso.datetime().optional().describe('The latest look on record; absent where there was none'),
  restart_count: HealthRecord.shape.restart_count,
});

/** Where a rollout is, and what became of its tenants so far. Phases are plain texts, as codes are. */
export const RolloutData = z.object({
  rollout_id: z.string(),
  phase: z.string(),
  reason: z.string().describe('Why it is in this phase, for people'),
  started_by: z.string(),
  tenants: z.int().describe('How many are selected; 0 until they are counted'),
  succeeded: z.int(),
  failed: z.int(),
  skipped: z.int(),
  undone: z.int(),
});

function detail<Data extends z.ZodType>(data: Data) {
  return z.object({ metadata: AnnouncementMetadata, data });
}

/** Every announcement by its detail type. operation-kinds.ts says which operation announces which. */
export const announcementDetails = {
  'Tenant Provisioned': detail(SucceededData),
  'Tenant Updated': detail(SucceededData),
  'Tenant Destroyed': detail(SucceededData),
  'Tenant Stopped': detail(SucceededData),
  'Tenant Started': detail(SucceededData),
  'Tenant Restarted': detail(SucceededData),
  'Tenant Provision Failed': detail(FailedData),
  'Tenant Update Failed': detail(FailedData),
  'Tenant Destroy Failed': detail(FailedData),
  'Tenant Stop Failed': detail(FailedData),
  'Tenant Start Failed': detail(FailedData),
  'Tenant Restart Failed': detail(FailedData),
  'Tenant Degraded': detail(HealthData),
  'Tenant Recovered': detail(HealthData),
  'Orphan Found': detail(OrphanData),
  'Rollout Started': detail(RolloutData),
  'Rollout Paused': detail(RolloutData),
  'Rollout Succeeded': detail(RolloutData),
  'Rollout Undone': detail(RolloutData),
  'Rollout Aborted': detail(RolloutData),
} as const;
export type AnnouncementType = keyof typeof announcementDetails;
