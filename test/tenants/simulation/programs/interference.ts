import { ComputeError } from '../../../../src/compute/errors.ts';
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
} as const;

const intruder = { actor: 'intruder' };
const spec = specOf('acme', { number: 99 });

/** Makes the change once. A refusal is ignored. */
export async function interfere({ tenants }: Host, { change }: Interference): Promise<void> {
  try {
    switch (change) {
      case 'destroy':
      case 'stop':
      case 'restart':
        await tenants[change](spec.tenant_id, intruder);
        return;
      case 'provision':
      case 'update':
        await tenants[change](spec, intruder);
    }
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
  }
}
