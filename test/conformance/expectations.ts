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

/** Expects a rejection with an error of one class, and returns it. */
export async function refusal<T extends ComputeError>(call: Promise<unknown>, Class: ErrorClass<T>): Promise<T> {
  const error = await thrownBy(call);
  expect(error, `a refusal with ${Class.name}`).toBeInstanceOf(Class);
  return error as T;
}

/** Returns the error that a call rejects with, or undefined. */
export async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Expects that neither `getStatus` nor `list` knows a tenant. */
export async function expectGone(provider: Provider, tenantId: string): Promise<void> {
  await refusal(provider.getStatus(tenantId), TenantNotFoundError);
  expect(await heldIds(provider), 'the listed tenants').not.toContain(tenantId);
}

/** Expects that a specification serves, by the provider's status and, if the harness can ask it, by the tenant itself. */
export async function expectServes(trial: Trial, provider: Provider, spec: TenantComputeSpec, version: number) {
  const status = await trial.running(provider, spec.tenant_id);
  expect(status.metadata.spec_hash, 'spec_hash of the serving version').toBe(specHash(spec));
  if (trial.harness.answers) {
    expect(await trial.harness.answers(spec.tenant_id), 'the version that answers').toBe(version);
  }
  return status;
}

/** Expects a provision to fail as the contract allows: it throws, returns `failed`, or the status reports it later. */
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

/** Expects an update to fail as the contract allows. */
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

/** Returns the ids of the listed tenants, sorted, with repetitions. */
export async function heldIds(provider: Provider): Promise<string[]> {
  return (await held(provider)).map(({ tenant_id }) => tenant_id).toSorted();
}

/** Returns an equal specification with the fields of every object in reverse order. */
export function reordered(spec: TenantComputeSpec): TenantComputeSpec {
  return JSON.parse(JSON.stringify(spec), (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  ) as TenantComputeSpec;
}
