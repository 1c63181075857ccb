import { expect } from 'vitest';
import {
  type ComputeError,
  ProvisionFailedError,
  TenantNotFoundError,
  UpdateFailedError,
} from '../../src/compute/errors.ts';
import type { HeldTenant, Provider } from '../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { specHash } from '../../src/compute/spec/spec-diff.ts';
import type { Trial } from './trial.ts';

type ErrorClass<T extends ComputeError> = abstract new (...args: never[]) => T;

/** Expects a refusal of one class, and answers it. */
export async function refusal<T extends ComputeError>(call: Promise<unknown>, Class: ErrorClass<T>): Promise<T> {
  const error = await thrownBy(call);
  expect(error, `a refusal with ${Class.name}`).toBeInstanceOf(Class);
  return error as T;
}

/** What a call rejects with, or undefined. */
export async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Expects that the provider, asked in every way, holds nothing of a tenant. */
export async function expectGone(provider: Provider, tenantId: string): Promise<void> {
  await refusal(provider.getStatus(tenantId), TenantNotFoundError);
  expect(await heldIds(provider), 'the listed tenants').not.toContain(tenantId);
}

/** Expects that a specification serves: by the provider's word, and by the tenant's own where it can be asked. */
export async function expectServes(trial: Trial, provider: Provider, spec: TenantComputeSpec, version: number) {
  const status = await trial.running(provider, spec.tenant_id);
  expect(status.metadata.spec_hash, 'spec_hash of what serves').toBe(specHash(spec));
  if (trial.harness.answers) {
    expect(await trial.harness.answers(spec.tenant_id), 'the version that answers').toBe(version);
  }
  return status;
}

/** Expects a provision to fail in one of the ways the contract has: it throws, answers so, or the status tells it later. */
export async function expectProvisionFails(trial: Trial, provider: Provider, spec: TenantComputeSpec): Promise<void> {
  const answer = await orRefusal(provider.provision(spec), ProvisionFailedError);
  if (answer?.status === 'failed') return;
  if (answer) {
    expect(answer.status, 'status of a provision that fails').toBe('in_progress');
    const { state, health, metadata } = await trial.settle(provider, spec.tenant_id);
    expect(state, 'state after a failed provision').toBe('failed');
    expect(health, 'health after a failed provision').not.toBe('healthy');
    expect(metadata.failed_spec_hash, 'failed_spec_hash').toBe(specHash(spec));
    expect(metadata.failure, 'failure').toBeTruthy();
  }
}

/** Expects an update to fail in one of the ways the contract has. */
export async function expectUpdateFails(trial: Trial, provider: Provider, spec: TenantComputeSpec): Promise<void> {
  const answer = await orRefusal(provider.update(spec.tenant_id, spec), UpdateFailedError);
  if (answer?.status === 'failed') return;
  if (answer) {
    expect(answer.status, 'status of an update that fails').toBe('in_progress');
    const { metadata } = await trial.settle(provider, spec.tenant_id);
    expect(metadata.failed_spec_hash, 'failed_spec_hash').toBe(specHash(spec));
    expect(metadata.failure, 'failure').toBeTruthy();
  }
}

async function orRefusal<T, E extends ComputeError>(call: Promise<T>, Class: ErrorClass<E>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    expect(error, `a refusal with ${Class.name}`).toBeInstanceOf(Class);
    return undefined;
  }
}

export async function held(provider: Provider): Promise<HeldTenant[]> {
  return Array.fromAsync(provider.list());
}

/** The ids of the listed tenants, sorted, as often as they are listed. */
export async function heldIds(provider: Provider): Promise<string[]> {
  return (await held(provider)).map(({ tenant_id }) => tenant_id).toSorted();
}

/** The same specification with the fields of every object the other way round. */
export function reordered(spec: TenantComputeSpec): TenantComputeSpec {
  return JSON.parse(JSON.stringify(spec), (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  ) as TenantComputeSpec;
}
