import type { ComputeStatus } from '../../../src/compute/results.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import { EcsProvider, type EcsProviderOptions } from '../../../src/providers/ecs/provider.ts';
import { type Plan, planTenant } from '../../../src/providers/ecs/rollout/plan.ts';
import { fargateTiming } from '../../support/fake-ecs/ecs-state.ts';
import { type FakeEcsOptions, startFakeEcs } from '../../support/fake-ecs/fake-ecs.ts';
import { defaults, EXECUTION_ROLE, name, sdkClient, specOf } from './ecs-subject.ts';

const MINUTE = 60_000;

/** A fake as slow as Fargate, whose clock is turned by hand, and a provider on it whose pauses turn it too. */
export async function openEcs(options: FakeEcsOptions = {}) {
  let time = Date.parse('2026-11-01T00:00:00Z');
  const now = () => time;
  const fake = await startFakeEcs({ now, roles: [EXECUTION_ROLE], ...options });
  const client = sdkClient(fake);
  const sleep = async (milliseconds: number) => {
    time += milliseconds;
  };
  const provide = (options: Partial<EcsProviderOptions> = {}) =>
    new EcsProvider({ name, defaults, client, now, sleep, random: () => 0.5, ...options });
  return {
    fake,
    client,
    provide,
    provider: provide(),
    now,
    /** Lets time pass, in steps that the fake sees one by one. */
    async pass(milliseconds: number) {
      time += milliseconds;
      fake.call('DescribeClusters', {});
    },
    /** The operations that were called since the last time one asked, in their order. */
    calls: () => fake.calls.splice(0).map(({ operation }) => operation),
    async [Symbol.asyncDispose]() {
      client.close?.();
      await fake.close();
    },
  };
}

/** Plans a specification with `defaults` and other settings of the operator. */
export function plan(spec: TenantComputeSpec, settings: Readonly<Record<string, unknown>> = {}): Plan {
  return planTenant(spec, name, { ...defaults, ...settings });
}

export type OpenEcs = Awaited<ReturnType<typeof openEcs>>;

/** How long a rollout takes at most in this state. */
export const ROLLOUT =
  fargateTiming.provision + fargateTiming.start + fargateTiming.steady + fargateTiming.stop + MINUTE;

export function ecsSpec(
  tenantId: string,
  changes: Partial<TenantComputeSpec> = {},
  registry?: string,
): TenantComputeSpec {
  return validateComputeSpec({ ...specOf({ tenantId }, registry), ...changes });
}

/** Another version: the image of the first container is another one. */
export function withImage(spec: TenantComputeSpec, image: string): TenantComputeSpec {
  return { ...spec, containers: spec.containers.map((one, index) => (index === 0 ? { ...one, image } : one)) };
}

/** Provisions a tenant and lets the time of its rollout pass. */
export async function bringUp({ provider, pass }: OpenEcs, spec: TenantComputeSpec): Promise<ComputeStatus> {
  await provider.provision(spec);
  await pass(ROLLOUT);
  return provider.getStatus(spec.tenant_id);
}
