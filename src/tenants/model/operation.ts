import * as z from 'zod';
import type { ErrorCode, Fault } from '../../compute/errors.ts';
import { ProvisionResult, UpdateResult } from '../../compute/results.ts';
import { ACTIVITY_TYPES, OPERATION_STATES, OPERATION_TYPES } from './operation-kinds.ts';

export const OperationType = z.enum(OPERATION_TYPES);
export type OperationType = z.infer<typeof OperationType>;

export const OperationState = z.enum(OPERATION_STATES);
export type OperationState = z.infer<typeof OperationState>;

/** Why an operation, or one try of it, failed, and what that means for the tenant. */
export const Failure = z.object({
  code: z.custom<ErrorCode | 'internal'>((value) => typeof value === 'string').meta({ type: 'string' }),
  fault: z.custom<Fault>((value) => typeof value === 'string').meta({ type: 'string' }),
  retryable: z.boolean(),
  /** Whether the version before it still serves. */
  usable: z.boolean(),
  message: z.string(),
  hint: z.string(),
  issues: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
});
export type Failure = z.infer<typeof Failure>;

/** A try that failed and is followed by another. */
export const Retry = z.object({
  at: z.iso.datetime(),
  code: z.string(),
  message: z.string(),
  next_at: z.iso.datetime(),
});
export type Retry = z.infer<typeof Retry>;

/** Where the version that an operation brings up waits for approval. */
export const Gate = z.object({
  id: z.string().describe('One for each wait'),
  since: z.iso.datetime(),
  until: z.iso.datetime().optional().describe('When the provider gives the version up'),
});
export type Gate = z.infer<typeof Gate>;

/** Who let a version go on, past which gate. */
export const Approval = z.object({ gate: z.string(), by: z.string(), at: z.iso.datetime() });
export type Approval = z.infer<typeof Approval>;

/**
 * One accepted request to change a tenant. The latest one is part of the tenant's item, so one write accepts it and records
 * what is desired. It moves into the history when another takes its place.
 */
export const Operation = z.object({
  operation_id: z.string(),
  tenant_id: z.string(),
  incarnation: z.string(),
  /** Its position among the operations of this incarnation, from 1. */
  seq: z.int(),
  type: OperationType,
  state: OperationState,
  /** It removes what a provider holds for an id that is no tenant, whatever life it is from. */
  of_no_tenant: z.literal(true).optional(),
  /** The revision it works towards; none for destroy. */
  revision: z.int().optional(),
  actor: z.string(),
  /** The HTTP request or the event that asked for it. */
  request_id: z.string().optional(),
  /** What the announcement repeats of the request. Records of older versions have none. */
  requester: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  rollout: z.string().optional().describe('The rollout that asked for it'),
  requested_at: z.iso.datetime(),
  /** When it began to wait for a provider that throttles. It stays after the wait is over. */
  queued_at: z.iso.datetime().optional(),
  ended_at: z.iso.datetime().optional(),
  /** When failures are no longer retried. Absent for operations that retry forever. */
  deadline_at: z.iso.datetime().optional(),
  /** The provider accepted the current try: its reports from now on are about this try. */
  applied: z.boolean().default(false),
  /** The number of tries that failed. */
  attempts: z.int().default(0),
  /** The latest failed tries, at most 10. */
  retries: z.array(Retry).default([]),
  /** Of a destroy: the entry of the history up to which all have their time to live. */
  expired_seq: z.int().optional(),
  gate: Gate.optional().describe('Where it waits for approval'),
  approvals: z.array(Approval).optional().describe('By whom it was approved'),
  /** What it is doing, for people. */
  message: z.string().default(''),
  error: Failure.optional(),
  /** Strict: a loose schema of either would accept the other and drop fields. */
  result: z.union([z.strictObject(ProvisionResult.shape), z.strictObject(UpdateResult.shape)]).optional(),
  /** Digests of the idempotency key it came with, and of the request. */
  idempotency: z.object({ key: z.string(), request: z.string() }).optional(),
});
export type Operation = z.infer<typeof Operation>;

/** What the activity shows of a session: of its command what `shownCommand` returns, and nothing of what went on in it. */
export const SessionFacts = z.object({
  container: z.string().describe('The container; as requested where the session did not start'),
  command: z.string().describe('The command, at most 256 characters, with known env values as [redacted]'),
  tty: z.boolean(),
});

/** An operation, or a session in a container, as the activity of an installation shows it. */
export const OperationSummary = z.object({
  operation_id: Operation.shape.operation_id.describe('Of a session, an id that only the activity knows'),
  tenant_id: Operation.shape.tenant_id,
  incarnation: Operation.shape.incarnation,
  type: z.enum(ACTIVITY_TYPES).describe('exec is a session in a container'),
  state: OperationState.describe('Of a session, succeeded once it was permitted'),
  revision: Operation.shape.revision,
  actor: Operation.shape.actor,
  request_id: Operation.shape.request_id,
  requested_at: Operation.shape.requested_at,
  ended_at: Operation.shape.ended_at,
  approved_by: z.array(z.string()).optional().describe('Who approved its version, if it waited for that'),
  message: z.string().optional().describe('How it ended; at most 256 characters'),
  error: Failure.pick({ code: true, message: true }).optional(),
  session: SessionFacts.optional().describe('Of a session only'),
});
export type OperationSummary = z.infer<typeof OperationSummary>;
