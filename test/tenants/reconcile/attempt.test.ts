import { describe, expect, test } from 'vitest';
import {
  ProvisionFailedError,
  TenantExistsError,
  TenantNotFoundError,
  UpdateFailedError,
} from '../../../src/compute/errors.ts';
import { silentLogger } from '../../../src/compute/logger.ts';
import { Manager } from '../../../src/compute/manager.ts';
import { Registry } from '../../../src/compute/registry.ts';
import { ComputeStatus } from '../../../src/compute/results.ts';
import type { Tenant } from '../../../src/tenants/model/tenant.ts';
import { attempt } from '../../../src/tenants/reconcile/attempt.ts';
import { createCountingProvider } from '../../support/counting-provider.ts';
import { destroying, NOON, neverWas, provisioning, updating } from '../model/lives.ts';

type Answers = NonNullable<Parameters<typeof createCountingProvider>[1]>;

/** Makes one try against a provider with the given answers. Returns the result and the provider's calls. */
async function trying(tenant: Tenant, answers: Answers, { firstTry = false } = {}) {
  const provider = createCountingProvider('counting', answers);
  const registry = new Registry();
  registry.register(provider);
  const progress = await attempt(new Manager(registry, silentLogger), tenant, { firstTry }).catch((error) => error);
  return { progress, asked: provider.calls.map(({ method }) => method) };
}

function observed(metadata: Record<string, string>, state: ComputeStatus['state'] = 'running'): ComputeStatus {
  return ComputeStatus.parse({ tenant_id: 'acme', provider_type: 'counting', state, health: 'healthy', metadata });
}

function sees(metadata: Record<string, string>, state?: ComputeStatus['state']): Answers {
  return { getStatus: async () => observed(metadata, state) };
}

const seesNothing: Answers = {
  getStatus: async () => {
    throw new TenantNotFoundError('acme');
  },
};

const hash = provisioning.desired.spec_hash;
const newHash = updating.desired.spec_hash;
const answer = { tenant_id: 'acme', provider_type: 'counting', message: 'so it is' };

describe('a try towards a specification', () => {
  test('makes no call but a look where the specification serves', async () => {
    const { progress, asked } = await trying(provisioning, sees({ spec_hash: hash }));
    expect(progress).toMatchObject({ kind: 'done' });
    expect(asked).toEqual(['getStatus']);
  });

  test('asks again for a specification that serves beside the remains of an interrupted rollout', async () => {
    const { progress, asked } = await trying(updating, {
      ...sees({ spec_hash: newHash, open_steps: 'the removal of container web' }),
      update: async () => ({ ...answer, status: 'no_changes', changes: [], updated_at: NOON }),
    });
    expect(progress).toEqual({ kind: 'waiting', message: 'waiting for the removal of container web' });
    expect(asked).toEqual(['getStatus', 'update', 'getStatus']);
  });

  test('waits for a rollout in progress', async () => {
    const { progress, asked } = await trying(provisioning, sees({ pending_spec_hash: hash }, 'starting'));
    expect(progress).toEqual({ kind: 'waiting', message: 'waiting: the tenant is starting' });
    expect(asked).toEqual(['getStatus']);
  });

  test('provisions a missing tenant', async () => {
    const { progress, asked } = await trying(provisioning, seesNothing);
    expect(progress).toMatchObject({ kind: 'done' });
    expect(asked).toEqual(['getStatus', 'provision']);
  });

  test('does not look at the first try', async () => {
    expect((await trying(provisioning, {}, { firstTry: true })).asked).toEqual(['provision']);
  });

  test('updates where a provision finds another specification', async () => {
    const exists = async () => {
      throw new TenantExistsError('acme');
    };
    const looks = ['other', hash];
    const getStatus = async () => observed({ spec_hash: looks.shift() ?? '' });
    const { progress, asked } = await trying(provisioning, { provision: exists, getStatus });
    expect(progress).toMatchObject({ kind: 'done' });
    expect(asked).toEqual(['getStatus', 'provision', 'update', 'getStatus']);
  });

  test('provisions where an update finds nothing', async () => {
    const missing = async () => {
      throw new TenantNotFoundError('acme');
    };
    const { progress, asked } = await trying(updating, { ...seesNothing, update: missing });
    expect(progress).toMatchObject({ kind: 'done' });
    expect(asked).toEqual(['getStatus', 'update', 'provision']);
  });

  test('counts an update as done when the status shows the new version, not when the update returns', async () => {
    const shown = await trying(updating, sees({ spec_hash: newHash }), { firstTry: true });
    expect(shown.progress).toMatchObject({ kind: 'done', changes: ['/resources/cpu'] });
    const hidden = await trying(updating, sees({ spec_hash: hash }), { firstTry: true });
    expect(hidden.progress).toEqual({ kind: 'waiting', message: 'waiting for the provider to show the new version' });
  });

  test('fails where the provider accepted the work and reports that it failed', async () => {
    const applied = (tenant: Tenant) => ({ ...tenant, operation: { ...tenant.operation, applied: true } });
    const provisioned = await trying(applied(provisioning), sees({ failed_spec_hash: hash, failure: 'no image' }));
    expect(provisioned.progress).toBeInstanceOf(ProvisionFailedError);
    expect(provisioned.progress.message).toBe('provisioning failed: no image');
    const updated = await trying(applied(updating), sees({ failed_spec_hash: newHash, failure: 'no image' }));
    expect(updated.progress).toBeInstanceOf(UpdateFailedError);
    expect(updated.asked).toEqual(['getStatus']);
  });

  test('tries a specification again that failed before this operation', async () => {
    const { asked } = await trying(provisioning, sees({ failed_spec_hash: hash }));
    expect(asked).toEqual(['getStatus', 'provision']);
  });

  test.each([
    ['a provision', provisioning, ProvisionFailedError],
    ['an update', updating, UpdateFailedError],
  ])('fails where the provider answers that %s failed', async (_title, tenant, Failure) => {
    const { progress } = await trying(
      tenant,
      {
        provision: async () => ({ ...answer, status: 'failed', resource_ids: {}, endpoints: [], provisioned_at: NOON }),
        update: async () => ({ ...answer, status: 'failed', changes: [], updated_at: NOON }),
      },
      { firstTry: true },
    );
    expect(progress).toBeInstanceOf(Failure);
    expect(progress.message).toMatch(/so it is$/);
  });
});

describe('a try towards nothing', () => {
  test('is done when the provider shows nothing', async () => {
    const { progress, asked } = await trying(destroying, seesNothing);
    expect(progress).toMatchObject({ kind: 'done', endpoints: [], resource_ids: {} });
    expect(asked).toEqual(['destroy', 'getStatus']);
  });

  test('waits while the provider shows something', async () => {
    const { progress } = await trying(destroying, sees({}, 'stopping'));
    expect(progress).toEqual({ kind: 'waiting', message: 'waiting: the provider still has it (stopping)' });
  });

  test('calls no provider for an id that never was a tenant', async () => {
    const { progress, asked } = await trying({ ...neverWas, phase: 'destroying', operation: destroying.operation }, {});
    expect(progress).toMatchObject({ kind: 'done' });
    expect(asked).toEqual([]);
  });
});
