/** A program that creates a provider, runs steps with it, prints their results as JSON, and exits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ComputeError } from '../../src/compute/errors.ts';
import type { Provider } from '../../src/compute/provider.ts';
import type { ComputeStatus } from '../../src/compute/results.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { builtInTypes } from '../../src/providers/provider-modules.ts';

export interface Errand {
  type: string;
  defaults: Record<string, unknown>;
  dataDir: string;
  /** The address of the fake ECS. */
  endpoint?: string | undefined;
  steps: Step[];
}

export type Step =
  | { do: 'provision'; spec: TenantComputeSpec }
  | { do: 'update'; spec: TenantComputeSpec }
  | { do: 'settle'; tenantId: string }
  | { do: 'destroy'; tenantId: string }
  | { do: 'list' };

async function open({ type, defaults, dataDir, endpoint }: Errand): Promise<Provider> {
  if (endpoint === undefined) {
    const descriptor = builtInTypes[type];
    if (!descriptor) throw new Error(`no type ${type}`);
    return descriptor.create({ name: type, defaults, dataDir });
  }
  const { createEcsProvider } = await import('../../src/providers/ecs/provider.ts');
  const { createSdkClient } = await import('../../src/providers/ecs/api/sdk.ts');
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };
  const client = createSdkClient({ region: 'eu-central-1', endpoint, credentials });
  return createEcsProvider({ name: type, defaults, client });
}

async function take(provider: Provider, step: Step): Promise<string> {
  switch (step.do) {
    case 'provision':
      return (await provider.provision(step.spec)).status;
    case 'update':
      return (await provider.update(step.spec.tenant_id, step.spec)).status;
    case 'settle':
      return (await settle(provider, step.tenantId)).state;
    case 'destroy':
      await provider.destroy(step.tenantId);
      return 'destroyed';
    case 'list':
      return (await Array.fromAsync(provider.list())).map(({ tenant_id }) => tenant_id).join();
  }
}

async function settle(provider: Provider, tenantId: string): Promise<ComputeStatus> {
  for (;;) {
    const status = await provider.getStatus(tenantId);
    if (!status.metadata.pending_spec_hash && status.state !== 'starting') return status;
    await sleep(20);
  }
}

const errand = JSON.parse(process.argv[2] ?? '') as Errand;
const provider = await open(errand);
const answers: string[] = [];
for (const step of errand.steps) {
  answers.push(
    await take(provider, step).catch((error: unknown) => (error instanceof ComputeError ? error.code : String(error))),
  );
}
await provider.close?.();
process.stdout.write(JSON.stringify(answers));
process.exit();
