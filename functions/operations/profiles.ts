import type { ProblemCode } from '../runtime/http/problem.ts';
import type { RoutedRow, Row, TableAccess } from './row.ts';

/** Fields that operations of one kind share. The HTTP API closes a connection after 30 s, hence 29 s. */
type Profile = Pick<Row, 'announces' | 'registry' | 'memory' | 'timeout' | 'reservesConcurrency' | 'budget'>;

/** Reads, and answers in milliseconds. */
export const reading = {
  announces: false,
  registry: false,
  memory: 512,
  timeout: 29,
  reservesConcurrency: false,
  budget: 'reads',
} as const satisfies Profile;

/** Reads which providers there are. */
export const readingRegistry = { ...reading, registry: true } as const satisfies Profile;

/**
 * Records intent and reconciles. An event or an old client may bring the first request for a tenant. A reconciler may
 * find that the tenant has to be destroyed, and then removes its history.
 */
export const changingTable = { items: ['read', 'write'], lists: ['table'] } as const satisfies TableAccess;

/** Records intent about an orphan, and takes the orphan off the record. */
export const orphanTable = { ...changingTable, items: ['read', 'write', 'delete'] } as const satisfies TableAccess;

/** Makes a backend work for a caller that waits. Requests from a queue need no reservation: the queue limits them. */
export const changing = {
  announces: false,
  registry: false,
  memory: 1024,
  timeout: 29,
  reservesConcurrency: 'changing',
  budget: 'changes',
  table: changingTable,
  headers: ['Idempotency-Key', 'If-Match'],
} as const satisfies Profile & Partial<RoutedRow>;

/** Plans or starts a change of many tenants, which the sweep carries out. */
export const rolling = {
  announces: false,
  registry: false,
  memory: 1024,
  timeout: 29,
  reservesConcurrency: false,
  budget: 'rollouts',
  provider: ['validate'],
} as const satisfies Profile & Partial<Row>;

/** Records what a caller wants of a rollout, which the sweep carries out. */
export const steering = {
  announces: false,
  registry: false,
  memory: 512,
  timeout: 29,
  reservesConcurrency: false,
  budget: 'rollouts',
  table: { items: ['read', 'write'] },
  provider: [],
} as const satisfies Profile & Partial<Row>;

/** Runs in the background for up to a minute. */
export const background = {
  announces: false,
  registry: false,
  memory: 512,
  timeout: 59,
  reservesConcurrency: false,
  budget: 'events',
} as const satisfies Profile;

/**
 * The provider calls of every function that reconciles tenants, whatever it was invoked for: it finishes what is desired
 * now. A provision may find an earlier version and update it, an update may find nothing and provision, and a stop, a
 * destroy or a newer update may take the place of either while it runs.
 */
export const reconciling = ['validate', 'provision', 'update', 'stop', 'status', 'destroy'] as const;

/** Headers of an answer that a caller can follow. */
export const tracked = ['ETag', 'Location'] as const;

/** The answers of an operation that provisions a tenant. */
export const provisionAnswers = {
  200: { meaning: 'An identical tenant already exists.', body: 'ProvisionResult', headers: tracked },
  201: { meaning: 'The tenant is ready.', body: 'ProvisionResult', headers: tracked },
  202: { meaning: 'The tenant is starting. Follow the operation.', body: 'ProvisionResult', headers: tracked },
} as const;

/** The answers of an operation that changes a tenant: where it is done, and where it goes on. */
export function updateAnswers(done: string, goesOn: string) {
  const answer = { body: 'UpdateResult', headers: tracked } as const;
  return { 200: { meaning: done, ...answer }, 202: { meaning: goesOn, ...answer } };
}

type Codes = readonly ProblemCode[];

/** Problems of every operation that reads the table. */
export const tableProblems = ['throttled', 'timeout', 'storage_full'] as const satisfies Codes;

/** Problems of every operation that calls a provider, or whose list can exceed the largest answer. */
export const providerProblems = [...tableProblems, 'provider_failed'] as const satisfies Codes;

/** Problems of every operation whose specification the provider validates. */
export const specProblems = [...providerProblems, 'provider_not_found', 'invalid_spec'] as const satisfies Codes;

/** Problems of every operation that records a change. */
export const mutationProblems = [
  ...tableProblems,
  'operation_in_progress',
  'place_changed',
  'revision_conflict',
  'idempotency_mismatch',
] as const satisfies Codes;

/** Problems of a cancelled or approved operation. How the one ends that goes back or on is told by that operation. */
export const steerOperationProblems = [
  ...mutationProblems,
  ...specProblems,
  'operation_not_cancellable',
  'nothing_to_approve',
  'unsupported',
] as const satisfies Codes;

/** Problems of every operation that stops, starts or restarts a tenant. */
export const controlProblems = [
  ...mutationProblems,
  'operation_cancelled',
  'provider_not_found',
  'tenant_not_found',
  'unsupported',
] as const satisfies Codes;

/** Problems of every operation that steers a rollout. */
export const steeringProblems = [...tableProblems, 'rollout_not_found', 'rollout_conflict'] as const satisfies Codes;

/** Problems of every operation that brings up the specification on record. */
export const startingProblems = [
  ...controlProblems,
  'provider_failed',
  'invalid_spec',
  'resource_conflict',
] as const satisfies Codes;

/** Problems of every operation that brings a tenant to a specification. */
export const changeProblems = [
  ...mutationProblems,
  ...specProblems,
  'operation_cancelled',
  'operation_superseded',
  'resource_conflict',
  'provision_failed',
  'update_failed',
] as const satisfies Codes;
