import type { TenantState } from '../../compute/results.ts';

/*
 * The table of phases. A tenant's phase says how far its latest operation came; each row says what follows from that.
 * Which phase an operation runs and ends in stands in operation-kinds.ts.
 */

/** In the order in which the API lists them. */
export const PHASES = [
  'provisioning',
  'ready',
  'updating',
  'stopping',
  'stopped',
  'starting',
  'destroying',
  'destroyed',
  'failed',
] as const;
export type Phase = (typeof PHASES)[number];

/** The calls by which an operation can reach its goal. */
export type ProviderAction = 'provision' | 'update' | 'stop' | 'start' | 'destroy';

interface PhaseFacts {
  /** Whether callers find a tenant of this id. Where they do not, a provision begins a new life of the id. */
  exists: boolean;
  /** Whether the tenant is still there when the running operation has succeeded: then a plan compares with it. */
  remains: boolean;
  /** The provider call that the running operation has to make; undefined where no operation runs. */
  call: ProviderAction | undefined;
  /** Whether the desired revision serves, so that an equal request changes nothing and drift is healed. */
  settled: boolean;
  /** Whether callers want the tenant to have no process: what changes meanwhile is recorded, and comes up at its start. */
  stopped: boolean;
  /** Whether the last operation failed: the tenant is degraded, and a provision is accepted as another try. */
  failed: boolean;
  /** Whether something of the tenant should run, so that its health is watched. */
  observed: boolean;
  /** The state that a status shows while the provider has nothing of the tenant. */
  fallbackState: TenantState;
  /** Condition `Ready`: the desired revision serves, perhaps the one before it serves, or neither for this reason. */
  ready: 'desired_revision' | 'previous_revision' | { reason: string; message: string };
}

const alive = {
  exists: true,
  remains: true,
  call: undefined,
  settled: false,
  stopped: false,
  failed: false,
  observed: false,
} as const;

export const phases = {
  provisioning: {
    ...alive,
    call: 'provision',
    fallbackState: 'starting',
    ready: { reason: 'Provisioning', message: 'The tenant is being provisioned.' },
  },
  ready: { ...alive, settled: true, observed: true, fallbackState: 'unknown', ready: 'desired_revision' },
  updating: { ...alive, call: 'update', observed: true, fallbackState: 'unknown', ready: 'previous_revision' },
  stopping: {
    ...alive,
    call: 'stop',
    fallbackState: 'stopped',
    ready: { reason: 'Stopping', message: 'The tenant is being stopped.' },
  },
  stopped: {
    ...alive,
    stopped: true,
    fallbackState: 'stopped',
    ready: { reason: 'Stopped', message: 'The tenant is stopped. It keeps its address, revision and history.' },
  },
  starting: {
    ...alive,
    call: 'start',
    fallbackState: 'starting',
    ready: { reason: 'Starting', message: 'The tenant is being started.' },
  },
  destroying: {
    ...alive,
    remains: false,
    call: 'destroy',
    fallbackState: 'stopping',
    ready: { reason: 'Destroying', message: 'The tenant is being destroyed.' },
  },
  destroyed: {
    ...alive,
    exists: false,
    remains: false,
    fallbackState: 'stopped',
    ready: { reason: 'Destroyed', message: 'The tenant was destroyed.' },
  },
  failed: { ...alive, failed: true, observed: true, fallbackState: 'failed', ready: 'previous_revision' },
} as const satisfies Record<Phase, PhaseFacts>;

/** Returns true for a tenant that callers find: it is on record and not destroyed. */
export function exists<T extends { phase: Phase }>(tenant: T | undefined): tenant is T {
  return tenant !== undefined && phases[tenant.phase].exists;
}
