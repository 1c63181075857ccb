import * as z from 'zod';
import { Endpoint } from '../../compute/results.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { Operation } from './operation.ts';
import { PHASES } from './tenant-state.ts';

/** The lines in which tenants wait for their turn: see line.ts. */
export const QueueName = z.enum(['provision', 'update', 'destroy', 'look']);
export type QueueName = z.infer<typeof QueueName>;

export const Phase = z.enum(PHASES);
export type Phase = z.infer<typeof Phase>;

export const ConditionType = z.enum(['Ready', 'Progressing', 'Degraded']);
export type ConditionType = z.infer<typeof ConditionType>;

/** One question about a tenant and its answer: yes or no, since when, and why. */
export const Condition = z.object({
  type: ConditionType,
  status: z.boolean(),
  reason: z.string().describe('One word in CamelCase, for programs'),
  message: z.string().describe('For people'),
  observed_revision: z.int().describe('The revision that the answer is about'),
  since: z.iso.datetime(),
});
export type Condition = z.infer<typeof Condition>;

/** One state of what is desired of a tenant. Never changed once made. */
export const Revision = z.object({
  revision: z.int(),
  incarnation: z.string(),
  /** Was checked when it was accepted; rules that came later do not make it unreadable. */
  spec: z.custom<TenantComputeSpec>((value) => typeof value === 'object' && value !== null).meta({ type: 'object' }),
  spec_hash: z.string(),
  /** The operation that made it. */
  operation_id: z.string(),
  actor: z.string(),
  created_at: z.iso.datetime(),
  changed: z.array(z.string()).describe('What differs from the revision before it'),
  /** Where it came from a rollback: the revision whose specification it repeats. */
  rollback_of: z.int().optional(),
});
export type Revision = z.infer<typeof Revision>;

/**
 * The right to work on a tenant, for a while. `fence` grows with every holder; what a holder writes is refused once the
 * tenant carries another fence, so a holder that slept through its lease changes nothing.
 */
export const LeaseRecord = z.object({ holder: z.string(), fence: z.int(), expires_at: z.iso.datetime() });
export type LeaseRecord = z.infer<typeof LeaseRecord>;

/** All that must survive a crash about one tenant: one item, always written whole and on condition of its version. */
export const Tenant = z.object({
  tenant_id: z.string(),
  /** Which life of this id: a tenant that is provisioned after its destruction is another one. */
  incarnation: z.string(),
  provider_type: z.string(),
  phase: Phase,
  /** What is desired. */
  desired: Revision,
  /** What was last known to have come up. */
  serving: z.object({ revision: z.int(), spec_hash: z.string() }).optional(),
  operation: Operation,
  /** Operations that gave way to the latest one and are not yet in the history. */
  outbox: z.array(Operation).default([]),
  lease: LeaseRecord.optional(),
  /** The fence of the latest lease. */
  fence: z.int().default(0),
  /** When unfinished work is due; none if there is none. */
  next_at: z.iso.datetime().optional(),
  /** Where it waits for its turn at a backend that throttles; then nobody holds it. `act`: the provider was not called yet. */
  line: z.object({ backend: z.string(), name: QueueName, act: z.boolean() }).optional(),
  endpoints: z.array(Endpoint).default([]),
  resource_ids: z.record(z.string(), z.string()).default({}),
  conditions: z.array(Condition).default([]),
  created_at: z.iso.datetime(),
  /** When it first came up in this life. */
  provisioned_at: z.iso.datetime().optional(),
  updated_at: z.iso.datetime(),
  /** When it was last asked for something: requests that say that they are older are stale. */
  last_requested_at: z.iso.datetime(),
  destroyed_at: z.iso.datetime().optional(),
});
export type Tenant = z.infer<typeof Tenant>;

/** What the history keeps of an operation, and of the revision if it made one. */
export const HistoryEntry = z.object({ operation: Operation, revision: Revision.optional() });
export type HistoryEntry = z.infer<typeof HistoryEntry>;
