import {
  ProvisionFailedError,
  ResourceConflictError,
  TenantExistsError,
  TenantNotFoundError,
  UpdateFailedError,
} from '../../../compute/errors.ts';
import type { ProvisionResult, UpdateResult } from '../../../compute/results.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { specHash } from '../../../compute/spec/spec-diff.ts';
import { type ProviderContext, tenantNames } from '../provider-context.ts';
import { checkDockerSpec } from '../rules.ts';
import { viewProvision } from '../view.ts';
import { beginWork } from './begin-rollout.ts';
import { decideProvision, decideUpdate, type Wanted } from './plan.ts';
import { look } from './rollout-run.ts';
import type { RolloutResult } from './run-rollout.ts';
import { workOn } from './work.ts';

export async function provision(
  site: ProviderContext,
  spec: TenantComputeSpec,
  signal: AbortSignal | undefined,
): Promise<ProvisionResult> {
  const wanted = await toWanted(site, spec);
  const decision = await beginWork(site, wanted, decideProvision, signal);
  if (decision.kind === 'exists' || decision.kind === 'missing') {
    throw new TenantExistsError(`${spec.tenant_id} has another specification on ${site.provider}`);
  }
  if (decision.kind !== 'unchanged') {
    const outcome = await workOn(site, wanted, decision.rollout);
    throwFailure(outcome, ProvisionFailedError);
  }
  const world = await look({ site, wanted });
  const record = world.stored?.record;
  const { serving, rollout } = record ?? {};
  if (!record || record.destroying || ![serving?.spec_hash, rollout?.spec_hash].includes(wanted.specHash)) {
    throw new ProvisionFailedError(`${spec.tenant_id} was destroyed or updated before it was ready`);
  }
  return viewProvision(site, spec.tenant_id, world, record);
}

export async function update(
  site: ProviderContext,
  tenantId: string,
  spec: TenantComputeSpec,
  signal: AbortSignal | undefined,
): Promise<UpdateResult> {
  const wanted = await toWanted(site, spec);
  const decision = await beginWork(site, wanted, decideUpdate, signal);
  if (decision.kind === 'missing' || decision.kind === 'exists')
    throw new TenantNotFoundError(`${tenantId} on ${site.provider}`);
  const base = { tenant_id: tenantId, provider_type: site.provider, updated_at: new Date().toISOString() };
  if (decision.kind === 'unchanged') return { ...base, status: 'no_changes', changes: [], message: '' };
  const { changes } = decision.rollout;
  const outcome = await workOn(site, wanted, decision.rollout);
  throwFailure(outcome, UpdateFailedError);
  if (outcome?.kind === 'done') return { ...base, status: 'success', changes, message: '' };
  return { ...base, status: 'in_progress', changes, message: 'the new version is not ready yet' };
}

async function toWanted(site: ProviderContext, spec: TenantComputeSpec): Promise<Wanted> {
  const { config } = await checkDockerSpec(spec, site.defaults);
  return { spec, specHash: specHash(spec), config, names: tenantNames(site, spec.tenant_id) };
}

function throwFailure(
  outcome: RolloutResult | undefined,
  Failed: typeof ProvisionFailedError | typeof UpdateFailedError,
): void {
  if (outcome?.kind === 'superseded') {
    throw new Failed('another request for the tenant took its place', {
      hint: 'Look at its status to see what came of it.',
    });
  }
  if (outcome?.kind !== 'failed') return;
  const { message, hint, isConflict } = outcome.trouble;
  throw new (isConflict ? ResourceConflictError : Failed)(message, hint === undefined ? {} : { hint });
}
