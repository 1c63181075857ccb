import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';
import { createDockerProvider } from '../../../../src/providers/docker/provider.ts';

/** The argument of the program, as JSON. */
export interface HostOptions {
  name: string;
  defaults: Record<string, unknown>;
  spec: TenantComputeSpec;
}

// A host in a separate process: provisions one tenant, prints the status of the result, and exits.
const { name, defaults, spec } = JSON.parse(process.argv[2] ?? '') as HostOptions;
const { status } = await createDockerProvider({ name, defaults }).provision(spec);
process.stdout.write(status);
process.exit();
