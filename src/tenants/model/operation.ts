import * as z from 'zod';
import type { ErrorCode, Fault } from '../../compute/errors.ts';
import { ProvisionResult, UpdateResult } from '../../compute/results.ts';

export const OperationType = z.enum(['provision', 'update', 'rollback', 'destroy', 'heal']);
export type OperationType = z.infer<typeof OperationType>;

/** `running` until it ends, once, in one of the others. `cancelled`: a destroy took its place. */
export const OperationState = z.enum(['running', 'succeeded', 'failed', 'cancelled']);
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

/**
 * One accepted request to change a tenant. It lives in the tenant's own item while it is the latest, so that accepting it
 * and recording what is desired are one write, and moves into the history when another takes its place.
 */
export const Operation = z.object({
  operation_id: z.string(),
  tenant_id: z.string(),
  incarnation: z.string(),
  /** Its place among the operations of this incarnation, from 1. */
  seq: z.int(),
  type: OperationType,
  state: OperationState,
  /** The revision it works towards; none for destroy. */
  revision: z.int().optional(),
  actor: z.string(),
  /** The HTTP request or the event that asked for it. */
  request_id: z.string().optional(),
  requested_at: z.iso.datetime(),
  /** Since when it waits for its turn at a provider that throttles, or when that began. */
  queued_at: z.iso.datetime().optional(),
  ended_at: z.iso.datetime().optional(),
  /** Until when failures are tried again; none for destroy, which never gives up. */
  deadline_at: z.iso.datetime().optional(),
  /** The provider took the work of the current try on: what it reports from now on is about this try. */
  applied: z.boolean().default(false),
  /** Tries so far that failed. */
  attempts: z.int().default(0),
  /** The latest of them, at most 10. */
  retries: z.array(Retry).default([]),
  /** What it is doing, for people. */
  message: z.string().default(''),
  error: Failure.optional(),
  /** Strict, because each of them would pass as the other with something left out. */
  result: z.union([z.strictObject(ProvisionResult.shape), z.strictObject(UpdateResult.shape)]).optional(),
  /** Digest of the idempotency key it came with, and of the request. */
  idempotency: z.object({ key: z.string(), request: z.string() }).optional(),
});
export type Operation = z.infer<typeof Operation>;
