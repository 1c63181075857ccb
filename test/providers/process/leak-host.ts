/** A host that the leak test kills. It runs one program for each tenant, in parallel, and stays. */
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { createProcessProvider } from '../../../src/providers/process/provider.ts';

export type LeakStep =
  | { do: 'provision'; spec: TenantComputeSpec }
  | { do: 'update'; spec: TenantComputeSpec }
  | { do: 'destroy' };

export interface LeakErrand {
  dataDir: string;
  defaults: Record<string, unknown>;
  programs: { tenantId: string; steps: LeakStep[] }[];
}

const { dataDir, defaults, programs } = JSON.parse(process.argv[2] ?? '') as LeakErrand;
const provider = createProcessProvider({ name: 'process', dataDir, defaults });
await provider.start?.();
process.stdout.write('ready\n');
setInterval(() => undefined, 1000);
await Promise.all(
  programs.map(async ({ tenantId, steps }) => {
    for (const step of steps) {
      // The test checks what is left behind, not which calls are refused.
      if (step.do === 'provision') await provider.provision(step.spec).catch(() => undefined);
      else if (step.do === 'update') await provider.update(tenantId, step.spec).catch(() => undefined);
      else await provider.destroy(tenantId).catch(() => undefined);
    }
  }),
);
