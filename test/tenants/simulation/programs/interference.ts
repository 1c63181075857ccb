import { ComputeError } from '../../../../src/compute/errors.ts';
import type { Tenants } from '../../../../src/tenants/tenants.ts';
import type { Host } from './host.ts';
import { specOf } from './specs.ts';

/** A change that another process makes, from beginning to end, while request `at` is on its way. */
export interface Interference {
  at: number;
  change: keyof typeof interferences;
}

/** The fault that each change is. */
export const interferences = {
  destroy: { number: 'F40', title: 'another client destroys the tenant meanwhile' },
  provision: { number: 'F41', title: 'another client provisions the tenant meanwhile' },
  stop: { number: 'F40b', title: 'another client stops the tenant meanwhile' },
  restart: { number: 'F40c', title: 'another client restarts the tenant meanwhile' },
  update: { number: 'F42', title: 'another client updates the tenant meanwhile' },
  cancel: { number: 'F42b', title: 'another client cancels the operation meanwhile' },
} as const;

const intruder = { actor: 'intruder' };
const spec = specOf('acme', { number: 99 });

const changes = {
  destroy: (tenants: Tenants) => tenants.destroy(spec.tenant_id, intruder),
  provision: (tenants: Tenants) => tenants.provision(spec, intruder),
  stop: (tenants: Tenants) => tenants.stop(spec.tenant_id, intruder),
  restart: (tenants: Tenants) => tenants.restart(spec.tenant_id, intruder),
  update: (tenants: Tenants) => tenants.update(spec, intruder),
  cancel: async (tenants: Tenants) =>
    tenants.cancel((await tenants.get(spec.tenant_id)).operation.operation_id, intruder),
} satisfies Record<Interference['change'], (tenants: Tenants) => Promise<unknown>>;

/** Makes the change once. A refusal is ignored. */
export async function interfere({ tenants }: Host, { change }: Interference): Promise<void> {
  try {
    await changes[change](tenants);
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
  }
}
