import { expect } from 'vitest';
import { TenantExistsError, TenantNotFoundError } from '../../../src/compute/errors.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { expectGone, expectServes, heldIds, thrownBy } from '../expectations.ts';
import type { Rule, Trial } from '../trial.ts';

/** More changes than any operation makes. */
const MAX_CHANGES = 60;

export const interruptionRules: readonly Rule[] = [
  {
    rule: 'a rollout that was killed between any two changes shows open steps, and the next call leaves one version',
    needs: ['mortal'],
    patience: 60,
    async run(trial) {
      const { spec, tenantId, resources } = await trial.started();
      let serving = spec;
      await atEachChange(trial, 1, async (at, mortal) => {
        const next = trial.spec(tenantId, at + 1);
        await thrownBy(mortal.update(tenantId, next));
        const fresh = await trial.fresh();
        await expectTruth(trial, fresh, { before: serving, next, resources });
        await finish(trial, fresh, next, at);
        await expectServes(trial, fresh, next, at + 1);
        expect(await trial.inventory(), `resources after a kill at change ${at}`).toHaveLength(resources.length);
        serving = next;
        return undefined;
      });
    },
  },
  {
    rule: 'a return to the version before finishes a rollout that was killed between any two changes',
    needs: ['mortal'],
    patience: 60,
    async run(trial) {
      const { spec, tenantId, resources } = await trial.started();
      await atEachChange(trial, Math.min(2, trial.killStride), async (at, mortal) => {
        await thrownBy(mortal.update(tenantId, trial.spec(tenantId, 2)));
        const fresh = await trial.fresh();
        await finish(trial, fresh, spec, at);
        await expectServes(trial, fresh, spec, 1);
        expect(await trial.inventory(), `resources after a kill at change ${at}`).toHaveLength(resources.length);
        return undefined;
      });
    },
  },
  {
    rule: 'a provision and a destroy that were killed between any two changes are listed, and finished by the next',
    needs: ['mortal'],
    patience: 60,
    async run(trial) {
      const before = await trial.inventory();
      const { tenantId, spec, provider, resources } = await trial.started();
      await provider.destroy(tenantId);
      await atEachChange(trial, 1, async (at, mortal) => {
        const fresh = await trial.fresh();
        await thrownBy(mortal.provision(spec));
        await expectListed(trial, fresh, tenantId);
        await finish(trial, fresh, spec, at);
        await expectServes(trial, fresh, spec, 1);
        expect(await trial.inventory(), `resources after a kill at change ${at}`).toHaveLength(resources.length);
        const destroyer = await trial.mortal(at);
        await thrownBy(destroyer.provider.destroy(tenantId));
        await expectListed(trial, fresh, tenantId);
        await fresh.destroy(tenantId);
        await expectGone(fresh, tenantId);
        expect(await trial.inventory(), `resources after a kill at change ${at}`).toEqual(before);
        return destroyer.died();
      });
    },
  },
];

/** Runs with a provider that is killed at one change, then at a later one, until it makes fewer and lives. */
export async function atEachChange(
  trial: Trial,
  first: number,
  run: (at: number, mortal: Provider) => Promise<boolean | undefined>,
): Promise<void> {
  for (let at = first; at <= MAX_CHANGES; at += trial.killStride) {
    const { provider, died } = await trial.mortal(at);
    const goesOn = await run(at, provider);
    if (at === first) expect(died(), `the process was killed at its change ${at}`).toBe(true);
    if (!died() && !goesOn) return;
  }
  expect.fail(`one operation made more than ${MAX_CHANGES} changes`);
}

/** Expects a status to name a version as serving and settled only if nothing of another version is left. */
async function expectTruth(
  trial: Trial,
  provider: Provider,
  { before, next, resources }: { before: TenantComputeSpec; next: TenantComputeSpec; resources: readonly string[] },
): Promise<void> {
  const { metadata } = await provider.getStatus(next.tenant_id);
  const { spec_hash = '', pending_spec_hash, open_steps } = metadata;
  if (pending_spec_hash || open_steps) return;
  expect([specHash(before), specHash(next), ''], 'spec_hash of a rollout that was killed').toContain(spec_hash);
  expect(await trial.inventory(), 'resources where the status shows no open steps').toHaveLength(resources.length);
}

/**
 * Expects a tenant to be listed while a resource has its name. A provider may rename what it is about to delete, and may
 * finish an interrupted destroy by itself: so what counts is there before and after the list.
 */
async function expectListed(trial: Trial, provider: Provider, tenantId: string) {
  const before = await trial.inventory();
  const held = await heldIds(provider);
  const after = await trial.inventory();
  const found = before.filter((resource) => resource.includes(tenantId) && after.includes(resource));
  if (found.length > 0) expect(held, `found: ${found}`).toContain(tenantId);
}

/** Asks for a specification as the reconciler does, until it serves and nothing is open. */
async function finish(trial: Trial, provider: Provider, spec: TenantComputeSpec, at: number): Promise<void> {
  const ask = at % 2 === 0 ? askToUpdate : askToProvision;
  await trial.until(`${spec.tenant_id} is finished after a kill at change ${at}`, async () => {
    await ask(provider, spec);
    const { metadata } = await trial.settle(provider, spec.tenant_id);
    return metadata.spec_hash === specHash(spec) && !metadata.open_steps ? metadata : undefined;
  });
}

async function askToProvision(provider: Provider, spec: TenantComputeSpec): Promise<void> {
  const error = await thrownBy(provider.provision(spec));
  if (error instanceof TenantExistsError) await provider.update(spec.tenant_id, spec);
  else if (error !== undefined) throw error;
}

async function askToUpdate(provider: Provider, spec: TenantComputeSpec): Promise<void> {
  const error = await thrownBy(provider.update(spec.tenant_id, spec));
  if (error instanceof TenantNotFoundError) await provider.provision(spec);
  else if (error !== undefined) throw error;
}
