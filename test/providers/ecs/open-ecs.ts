import { InvalidSpecError, type Issue } from '../../../src/compute/errors.ts';
import type { ProviderCall } from '../../../src/compute/provider.ts';
import type { ComputeStatus } from '../../../src/compute/results.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { validateComputeSpec } from '../../../src/compute/spec/validate.ts';
import { EcsProvider, type EcsProviderOptions } from '../../../src/providers/ecs/provider.ts';
import { type Plan, planTenant } from '../../../src/providers/ecs/rollout/plan.ts';
import { fargateTiming } from '../../support/fake-ecs/ecs-state.ts';
import { type FakeEcsOptions, startFakeEcs } from '../../support/fake-ecs/fake-ecs.ts';
import { defaults, EXECUTION_ROLE, FILE_SYSTEM, name, sdkClient, specOf, TASK_ROLE } from './ecs-subject.ts';

const MINUTE = 60_000;

/** Opens a fake with the durations of Fargate and a manual clock, and a provider on it whose pauses advance the clock. */
export async function openEcs(options: FakeEcsOptions = {}) {
  let time = Date.parse('2026-11-01T00:00:00Z');
  const now = () => time;
  const fake = await startFakeEcs({ now, roles: [EXECUTION_ROLE, TASK_ROLE], fileSystems: [FILE_SYSTEM], ...options });
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
    /** Advances the clock, and lets the fake process what is due. */
    async pass(milliseconds: number) {
      time += milliseconds;
      fake.call('DescribeClusters', {});
    },
    /** Returns the operations called since the last call of this function, in order. */
    calls: () => fake.calls.splice(0).map(({ operation }) => operation),
    async [Symbol.asyncDispose]() {
      client.close?.();
      await fake.close();
    },
  };
}

/** Plans a specification with `defaults` and other settings of the operator. */
export function plan(
  spec: TenantComputeSpec,
  settings: Readonly<Record<string, unknown>> = {},
  marks: Pick<ProviderCall, 'spec_hash'> = {},
): Plan {
  return planTenant(spec, name, { ...defaults, ...settings }, marks);
}

/** Returns the issues that planning a specification throws. */
export function issuesOf(spec: TenantComputeSpec, settings: Record<string, unknown> = {}): readonly Issue[] {
  try {
    plan(spec, settings);
    return [];
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.issues;
    throw error;
  }
}

export type OpenEcs = Awaited<ReturnType<typeof openEcs>>;

/** Milliseconds that a rollout takes at most. */
export const ROLLOUT =
  fargateTiming.provision + fargateTiming.start + fargateTiming.steady + fargateTiming.stop + MINUTE;

export function ecsSpec(
  tenantId: string,
  changes: Partial<TenantComputeSpec> = {},
  registry?: string,
): TenantComputeSpec {
  return validateComputeSpec({ ...specOf({ tenantId }, registry), ...changes });
}

/** Returns the specification with another image of the first container. */
export function withImage(spec: TenantComputeSpec, image: string): TenantComputeSpec {
  return { ...spec, containers: spec.containers.map((one, index) => (index === 0 ? { ...one, image } : one)) };
}

/** Provisions a tenant and waits for its rollout. */
export async function bringUp({ provider, pass }: OpenEcs, spec: TenantComputeSpec): Promise<ComputeStatus> {
  await provider.provision(spec);
  await pass(ROLLOUT);
  return provider.getStatus(spec.tenant_id);
}
