import { ComputeError } from '../../../src/compute/errors.ts';
import type { Host } from './host.ts';
import { specOf } from './specs.ts';

/** What another process does, from its beginning to its end, while one request is on its way. */
export interface Meddling {
  at: number;
  wish: keyof typeof meddlings;
}

/** By what is asked for: which of the faults it is. */
export const meddlings = {
  destroy: { number: 'F40', title: 'somebody destroys the tenant meanwhile' },
  provision: { number: 'F41', title: 'somebody provisions the tenant meanwhile' },
  update: { number: 'F42', title: 'somebody updates the tenant meanwhile' },
} as const;

const meddler = { actor: 'meddler' };
const spec = specOf('acme', { number: 99 });

/** Whatever is the answer: who meddles does not insist. */
export async function meddle({ tenants }: Host, { wish }: Meddling): Promise<void> {
  try {
    await (wish === 'destroy' ? tenants.destroy(spec.tenant_id, meddler) : tenants[wish](spec, meddler));
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
  }
}
