/** A host that tests kill. It provisions the given specification, and supervises it until then. */
import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';
import { createProcessProvider } from '../../../../src/providers/process/provider.ts';

const [dataDir, spec, defaults] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown) as [
  string,
  TenantComputeSpec,
  Record<string, unknown>,
];
const provider = createProcessProvider({ name: 'process', dataDir, defaults });
await provider.start?.();
const { status } = await provider.provision(spec);
process.stdout.write(`${status}\n`);
setInterval(() => undefined, 1000);
