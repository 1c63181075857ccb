import { ComputeError } from '../../../../src/compute/errors.ts';
import type { Host } from './host.ts';
import type { Program } from './program.ts';
import { hasRollouts } from './rollout-steps.ts';
import { specOf } from './specs.ts';

/** A change that another process makes, from beginning to end, while request `at` is on its way. */
export interface Interference {
  at: number;
  change: keyof typeof interferences;
}

const ofRollouts = ['update', 'destroy', 'stop', 'pause_rollout', 'undo_rollout', 'abort_rollout'] as const;
const ofTenants = ['destroy', 'provision', 'stop', 'restart', 'update', 'cancel'] as const;

/** Returns the changes that matter to a program. */
export function interferencesOf(program: Program): readonly Interference['change'][] {
  return hasRollouts(program) ? ofRollouts : ofTenants;
}

/** The fault that each change is. */
export const interferences = {
  destroy: { number: 'F40', title: 'another client destroys the tenant meanwhile' },
  provision: { number: 'F41', title: 'another client provisions the tenant meanwhile' },
  stop: { number: 'F40b', title: 'another client stops the tenant meanwhile' },
  restart: { number: 'F40c', title: 'another client restarts the tenant meanwhile' },
  update: { number: 'F42', title: 'another client updates the tenant meanwhile' },
  cancel: { number: 'F42b', title: 'another client cancels the operation meanwhile' },
  pause_rollout: { number: 'F130', title: 'another client pauses the rollout meanwhile' },
  undo_rollout: { number: 'F130b', title: 'another client undoes the rollout meanwhile' },
  abort_rollout: { number: 'F130c', title: 'another client aborts the rollout meanwhile' },
} as const;

const intruder = { actor: 'intruder' };
const spec = specOf('acme', { number: 99 });
const ROLLOUT = 'app';

const changes = {
  destroy: ({ tenants }) => tenants.destroy(spec.tenant_id, intruder),
  provision: ({ tenants }) => tenants.provision(spec, intruder),
  stop: ({ tenants }) => tenants.stop(spec.tenant_id, intruder),
  restart: ({ tenants }) => tenants.restart(spec.tenant_id, intruder),
  update: ({ tenants }) => tenants.update(spec, intruder),
  cancel: async ({ tenants }) => tenants.cancel((await tenants.get(spec.tenant_id)).operation.operation_id, intruder),
  pause_rollout: ({ rollouts }) => rollouts.control(ROLLOUT, 'pause', intruder),
  undo_rollout: ({ rollouts }) => rollouts.control(ROLLOUT, 'undo', intruder),
  abort_rollout: ({ rollouts }) => rollouts.control(ROLLOUT, 'abort', intruder),
} satisfies Record<Interference['change'], (host: Host) => Promise<unknown>>;

/** Makes the change once. A refusal is ignored. */
export async function interfere(host: Host, { change }: Interference): Promise<void> {
  try {
    await changes[change](host);
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
  }
}
