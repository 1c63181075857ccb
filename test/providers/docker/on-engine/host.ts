import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';
import { createDockerProvider } from '../../../../src/providers/docker/provider.ts';

/** What a process of its own is told to do. */
export interface Errand {
  name: string;
  defaults: Record<string, unknown>;
  spec: TenantComputeSpec;
}

// A host in a process of its own: provisions one tenant, says how that went, and is gone.
const { name, defaults, spec } = JSON.parse(process.argv[2] ?? '') as Errand;
const { status } = await createDockerProvider({ name, defaults }).provision(spec);
process.stdout.write(status);
process.exit();
