import * as z from 'zod';
import type { Place } from '../../compute/place/place.ts';
import { Endpoint } from '../../compute/results.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { HealthRecord } from './health.ts';
import { Operation } from './operation.ts';
import { PHASES } from './phases.ts';

/** The queues in which tenants wait while their backend throttles: see rate/waiting-queue.ts. */
export const QueueName = z.enum(['provision', 'update', 'rollout', 'destroy', 'look']);
export type QueueName = z.infer<typeof QueueName>;

export const Phase = z.enum(PHASES);
export type Phase = z.infer<typeof Phase>;

export const ConditionType = z.enum(['Ready', 'Progressing', 'Degraded', 'Waiting']);
export type ConditionType = z.infer<typeof ConditionType>;

/** One aspect of a tenant's state: true or false, since when, and why. */
export const Condition = z.object({
  type: ConditionType,
  status: z.boolean(),
  reason: z.string().describe('One word in CamelCase, for programs'),
  message: z.string().describe('For people'),
  observed_revision: z.int().describe('The revision that the answer is about'),
  since: z.iso.datetime(),
});
export type Condition = z.infer<typeof Condition>;

/** One version of what is desired of a tenant. Immutable. */
export const Revision = z.object({
  revision: z.int(),
  incarnation: z.string(),
  /** Validated when it was accepted; later rules do not make it unreadable. */
  spec: z.custom<TenantComputeSpec>((value) => typeof value === 'object' && value !== null).meta({ type: 'object' }),
  spec_hash: z.string(),
  /** The operation that made it. */
  operation_id: z.string(),
  actor: z.string(),
  created_at: z.iso.datetime(),
  changed: z.array(z.string()).describe('What differs from the revision before it'),
  /** The revision whose specification a rollback repeats. */
  rollback_of: z.int().optional(),
});
export type Revision = z.infer<typeof Revision>;

/**
 * The right to work on a tenant until it expires. `fence` grows with every holder. A write is refused once the tenant
 * carries another fence, so a holder that slept through its lease changes nothing.
 */
export const LeaseRecord = z.object({ holder: z.string(), fence: z.int(), expires_at: z.iso.datetime() });
export type LeaseRecord = z.infer<typeof LeaseRecord>;

/** All that must survive a crash about one tenant. One item, always written whole, on condition of its version. */
export const Tenant = z.object({
  tenant_id: z.string(),
  /** One life of the id: a tenant that is provisioned after its destruction is another one. */
  incarnation: z.string(),
  provider_type: z.string(),
  /** Where its provider keeps it. Recorded before the provider is first called; older versions did not. */
  place: z.custom<Place>((value) => typeof value === 'object' && value !== null).optional(),
  phase: Phase,
  desired: Revision,
  /** The latest revision that came up. */
  serving: z.object({ revision: z.int(), spec_hash: z.string() }).optional(),
  /** The latest operation. */
  operation: Operation,
  /** Cancelled operations that are not yet in the history. */
  outbox: z.array(Operation).default([]),
  /** The revision that the operation in the outbox made, where another one is desired now. */
  outbox_revision: Revision.optional(),
  lease: LeaseRecord.optional(),
  /** The fence of the latest lease. */
  fence: z.int().default(0),
  /** When unfinished work is due, or a failed tenant is looked at again. Absent where nothing is scheduled. */
  next_at: z.iso.datetime().optional(),
  /**
   * The queue in which it waits for a backend that throttles; a waiting tenant has no lease.
   * `first_try`: the provider was not called yet for the operation.
   */
  waiting: z.object({ backend: z.string(), queue: QueueName, first_try: z.boolean() }).optional(),
  /** After a failed operation: how often the provider was looked at again, and what the latest look found. */
  recovery: z.object({ looks: z.int(), message: z.string() }).optional(),
  /** What looks at it found. Absent before the first one, and in records of older versions. */
  health: HealthRecord.optional(),
  endpoints: z.array(Endpoint).default([]),
  resource_ids: z.record(z.string(), z.string()).default({}),
  conditions: z.array(Condition).default([]),
  created_at: z.iso.datetime(),
  /** When it first came up in this life. */
  provisioned_at: z.iso.datetime().optional(),
  updated_at: z.iso.datetime(),
  /** When its latest request was made. A request that says it is older is stale. */
  last_requested_at: z.iso.datetime(),
  destroyed_at: z.iso.datetime().optional(),
});
export type Tenant = z.infer<typeof Tenant>;

/** An entry of the history: an ended operation, and the revision that it made. */
export const HistoryEntry = z.object({ operation: Operation, revision: Revision.optional() });
export type HistoryEntry = z.infer<typeof HistoryEntry>;
