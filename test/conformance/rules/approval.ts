import { expect } from 'vitest';
import { TenantNotFoundError } from '../../../src/compute/errors.ts';
import { capabilitiesOf, type Provider } from '../../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { expectServes, refusal } from '../expectations.ts';
import type { Rule, Trial } from '../trial.ts';

/** Rules about versions that wait for approval. A provider without the capability passes all of them. */
export const approvalRules: readonly Rule[] = [
  {
    rule: 'approve is a method exactly if the capabilities say so',
    async run(trial) {
      for (const approval of [false, true]) {
        const provider = await trial.fresh({ approval });
        expect(provider.approve !== undefined, 'approve is a method').toBe(capabilitiesOf(provider).approval);
      }
    },
  },
  {
    rule: 'the next version waits for approval while the one before serves, and takes over when it is approved',
    run: (trial) =>
      withApproval(trial, async (provider, approve) => {
        const { tenantId, next, gate } = await waiting(trial, provider);
        const other = await trial.fresh({ approval: true });
        expect((await other.getStatus(tenantId)).metadata.waiting_id, 'the gate that a new instance shows').toBe(gate);
        await approve(tenantId, gate);
        await expectServes(trial, provider, next, 2);
        const { metadata } = await provider.getStatus(tenantId);
        expect(metadata.waiting_id, 'the gate of a version that serves').toBeUndefined();
      }),
  },
  {
    rule: 'approve passes the gate that it names and no other, and a repeated one changes nothing',
    run: (trial) =>
      withApproval(trial, async (provider, approve) => {
        const { tenantId, spec, next, gate } = await waiting(trial, provider);
        await approve(tenantId, `${gate}-of-another-version`);
        expect((await provider.getStatus(tenantId)).metadata).toMatchObject({
          spec_hash: specHash(spec),
          waiting_id: gate,
        });
        await Promise.all([approve(tenantId, gate), approve(tenantId, gate)]);
        await expectServes(trial, provider, next, 2);
        await approve(tenantId, gate);
        await expectServes(trial, provider, next, 2);
        const later = trial.spec(tenantId, 3);
        await provider.update(tenantId, later);
        const newer = await gateOf(trial, provider, tenantId);
        expect(newer, 'the gate of another version').not.toBe(gate);
        await approve(tenantId, gate);
        expect((await provider.getStatus(tenantId)).metadata.waiting_id).toBe(newer);
      }),
  },
  {
    rule: 'an update with the specification that serves gives up a version that waits for approval',
    run: (trial) =>
      withApproval(trial, async (provider, approve) => {
        const { tenantId, spec, gate } = await waiting(trial, provider);
        await provider.update(tenantId, spec);
        await expectServes(trial, provider, spec, 1);
        await approve(tenantId, gate);
        await expectServes(trial, provider, spec, 1);
        expect((await provider.update(tenantId, spec)).status, 'of an update that changes nothing').toBe('no_changes');
      }),
  },
  {
    rule: 'the first version of a tenant and a restart wait for no approval',
    run: (trial) =>
      withApproval(trial, async (provider) => {
        const spec = trial.spec(trial.tenant());
        await trial.up(provider, spec);
        if (!capabilitiesOf(provider).stop) return;
        await provider.update(spec.tenant_id, spec, { restart: 'r.1' });
        const { metadata } = await trial.running(provider, spec.tenant_id);
        expect(metadata.restart, 'the restart that serves').toBe('r.1');
      }),
  },
  {
    rule: 'approve of an unknown tenant is refused with TenantNotFoundError',
    run: (trial) =>
      withApproval(trial, async (_, approve) => {
        const before = await trial.inventory();
        await refusal(approve(trial.tenant(), 'some-gate'), TenantNotFoundError);
        expect(await trial.inventory()).toEqual(before);
      }),
  },
];

type Approve = NonNullable<Provider['approve']>;

async function withApproval(
  trial: Trial,
  check: (provider: Provider, approve: Approve) => Promise<void>,
): Promise<void> {
  const provider = await trial.fresh({ approval: true });
  const { approve } = provider;
  if (approve && capabilitiesOf(provider).approval) await check(provider, approve);
}

/** Brings a tenant up, and updates it to a version that waits. */
async function waiting(trial: Trial, provider: Provider) {
  const spec = trial.spec(trial.tenant());
  const tenantId = spec.tenant_id;
  await trial.up(provider, spec);
  const next: TenantComputeSpec = trial.spec(tenantId, 2);
  expect((await provider.update(tenantId, next)).status, 'status of an update that waits').toBe('in_progress');
  const gate = await gateOf(trial, provider, tenantId);
  const { state, metadata } = await provider.getStatus(tenantId);
  expect(state, 'state while a version waits').toBe('running');
  expect(metadata).toMatchObject({
    spec_hash: specHash(spec),
    pending_spec_hash: specHash(next),
    waiting_for: 'approval',
  });
  if (trial.harness.answers) expect(await trial.harness.answers(tenantId), 'the version that answers').toBe(1);
  return { tenantId, spec, next, gate };
}

/** Waits until a version waits at a gate. Returns the id of the gate. */
function gateOf(trial: Trial, provider: Provider, tenantId: string): Promise<string> {
  return trial.until('a version waits for approval', async () => {
    return (await provider.getStatus(tenantId)).metadata.waiting_id;
  });
}
