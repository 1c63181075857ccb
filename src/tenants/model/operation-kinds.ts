/*
 * The table of operation types. All that the code has to know about one type stands in its row, and nothing else compares
 * types. To add a type, name it in OPERATION_TYPES and fill in its row, and add its request to `Change`: `decide` does not
 * compile until it decides it. A type that runs in a phase of its own needs a row in phases.ts too.
 */

export const OPERATION_TYPES = [
  'provision',
  'update',
  'rollback',
  'destroy',
  'heal',
  'stop',
  'start',
  'restart',
] as const;
export type OperationType = (typeof OPERATION_TYPES)[number];

/** What the activity shows: operations, and sessions in containers (`sessions/sessions.ts`). */
export const ACTIVITY_TYPES = [...OPERATION_TYPES, 'exec'] as const;
export type ActivityType = (typeof ACTIVITY_TYPES)[number];

/** `running` until it ends, once, in one of the others. `cancelled`: a newer request took its place. */
export const OPERATION_STATES = ['running', 'succeeded', 'failed', 'cancelled'] as const;

/** The phases in which operations run. */
type RunningPhase = 'provisioning' | 'updating' | 'stopping' | 'starting' | 'destroying';

export interface OperationKind {
  /** The phase of the tenant while the operation runs. It differs where an earlier revision already serves. */
  runsIn: { notServing: RunningPhase; serving: Exclude<RunningPhase, 'provisioning'> };
  /** The phase after success. After failure it is always `failed`. */
  endsIn: 'ready' | 'stopped' | 'destroyed';
  /** The waiting queue of a tenant whose backend throttles the operation's calls. */
  queue: 'provision' | 'update' | 'destroy';
  /** The rate limit that the operation's calls count against. */
  callKind: 'change' | 'destroy';
  /** The detail types of its announcements. */
  announces: {
    success: `Tenant ${'Provisioned' | 'Updated' | 'Destroyed' | 'Stopped' | 'Started' | 'Restarted'}`;
    failure: `Tenant ${'Provision' | 'Update' | 'Destroy' | 'Stop' | 'Start' | 'Restart'} Failed`;
  };
  /** The shape of its `result` when it succeeds. */
  result: 'provision' | 'update' | undefined;
  /** Whether it works towards a revision. The others end what is there. */
  hasRevision: boolean;
  /** Whether retries end at a deadline, or go on until success. */
  retries: 'until_deadline' | 'forever';
  /** Which request joins it while it runs, instead of starting another operation. */
  joinedBy: 'equal_spec' | 'equal_type';
  /** Requests that end it while it runs and take its place. */
  overtakenBy: readonly OperationType[];
  /** What a request to cancel it does: the tenant goes back to the revision that serves, or the request is refused. */
  cancel: 'goes_back' | { refusal: string; hint: string };
  /**
   * Of an operation that ends what runs: what its caller does who still wants the one whose place it took, which is
   * cancelled. Where it is undefined, that one is superseded, and its caller follows the new one.
   */
  cancelHint: string | undefined;
  /** Whether it replaces every container, also where the specification is the one that serves. */
  replacesAll: boolean;
  /** Whether it repairs a tenant that lost its desired state. Until it ends, the tenant is degraded and not ready. */
  repairs: boolean;
}

const change: OperationKind = {
  runsIn: { notServing: 'updating', serving: 'updating' },
  endsIn: 'ready',
  queue: 'update',
  callKind: 'change',
  announces: { success: 'Tenant Updated', failure: 'Tenant Update Failed' },
  result: 'update',
  hasRevision: true,
  retries: 'until_deadline',
  joinedBy: 'equal_spec',
  overtakenBy: ['update', 'rollback', 'destroy', 'stop'],
  cancel: 'goes_back',
  cancelHint: undefined,
  replacesAll: false,
  repairs: false,
};

export const operationKinds = {
  provision: {
    ...change,
    runsIn: { notServing: 'provisioning', serving: 'updating' },
    queue: 'provision',
    announces: { success: 'Tenant Provisioned', failure: 'Tenant Provision Failed' },
    result: 'provision',
  },
  update: change,
  rollback: change,
  heal: {
    ...change,
    cancel: {
      refusal: 'a heal brings back the revision that served',
      hint: 'Update the tenant, which takes the place of the heal, or destroy it.',
    },
    repairs: true,
  },
  destroy: {
    runsIn: { notServing: 'destroying', serving: 'destroying' },
    endsIn: 'destroyed',
    queue: 'destroy',
    callKind: 'destroy',
    announces: { success: 'Tenant Destroyed', failure: 'Tenant Destroy Failed' },
    result: undefined,
    hasRevision: false,
    retries: 'forever',
    joinedBy: 'equal_type',
    overtakenBy: [],
    cancel: {
      refusal: 'a destroy always goes on to its end',
      hint: 'Wait for its end, and provision the tenant again if it is still needed.',
    },
    cancelHint: 'Provision the tenant again if it is still wanted.',
    replacesAll: false,
    repairs: false,
  },
  stop: {
    runsIn: { notServing: 'stopping', serving: 'stopping' },
    endsIn: 'stopped',
    queue: 'update',
    callKind: 'change',
    announces: { success: 'Tenant Stopped', failure: 'Tenant Stop Failed' },
    result: 'update',
    hasRevision: false,
    retries: 'forever',
    joinedBy: 'equal_type',
    overtakenBy: ['destroy', 'start'],
    cancel: {
      refusal: 'a stop always goes on to its end',
      hint: 'Start the tenant, which takes the place of the stop.',
    },
    cancelHint: 'Start the tenant if it is still wanted; its latest revision comes up.',
    replacesAll: false,
    repairs: false,
  },
  start: {
    ...change,
    runsIn: { notServing: 'starting', serving: 'starting' },
    announces: { success: 'Tenant Started', failure: 'Tenant Start Failed' },
    joinedBy: 'equal_type',
    cancel: {
      refusal: 'a start has nothing to go back to',
      hint: 'Stop the tenant, which takes the place of the start.',
    },
  },
  restart: {
    ...change,
    announces: { success: 'Tenant Restarted', failure: 'Tenant Restart Failed' },
    joinedBy: 'equal_type',
    cancel: {
      refusal: 'a restart has no other revision to go back to',
      hint: 'Wait for its end: the containers before serve until the new ones are ready. Or stop the tenant.',
    },
    replacesAll: true,
  },
} satisfies Record<OperationType, OperationKind>;

/** Returns the row of an operation's type. */
export function kindOf({ type }: { type: OperationType }): OperationKind {
  return operationKinds[type];
}
