import {
  ProvisionFailedError,
  ResourceConflictError,
  TenantExistsError,
  TenantNotFoundError,
  UpdateFailedError,
} from '../../../compute/errors.ts';
import type { ProviderCall } from '../../../compute/provider.ts';
import type { ProvisionResult, UpdateResult } from '../../../compute/results.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { specHash } from '../../../compute/spec/spec-diff.ts';
import { namesOf } from '../names.ts';
import type { ProviderContext, RolloutResult } from '../provider-context.ts';
import { readEngineState } from '../records/engine-state.ts';
import { checkDockerSpec } from '../rules.ts';
import { toProvisionResult } from '../status/status.ts';
import { beginRollout } from './begin-rollout.ts';
import { observeAll } from './observe.ts';
import { planProvision, planUpdate, type RolloutRequest } from './plan.ts';
import { runRollout } from './run-rollout.ts';

export async function provision(
  context: ProviderContext,
  spec: TenantComputeSpec,
  call: ProviderCall,
): Promise<ProvisionResult> {
  const { engine, provider } = context;
  const request = await toRequest(context, spec, call);
  const plan = await beginRollout(context, request, planProvision, call.signal);
  if (plan.kind === 'exists' || plan.kind === 'missing') {
    throw new TenantExistsError(`${spec.tenant_id} has another specification on ${provider}`);
  }
  if (plan.kind !== 'unchanged') {
    throwFailure(await runRollout(context, request, plan.rollout), ProvisionFailedError);
  }
  const state = await readEngineState(context, spec.tenant_id);
  const record = state.stored?.record;
  const { serving, rollout } = record ?? {};
  if (!record || record.destroying || ![serving?.spec_hash, rollout?.spec_hash].includes(request.specHash)) {
    throw new ProvisionFailedError(`${spec.tenant_id} was destroyed or updated before it was ready`);
  }
  return toProvisionResult(context, spec.tenant_id, request.names, record, await observeAll(engine, state));
}

export async function update(
  context: ProviderContext,
  tenantId: string,
  spec: TenantComputeSpec,
  call: ProviderCall,
): Promise<UpdateResult> {
  const request = { ...(await toRequest(context, spec, call)), restart: call.restart };
  const plan = await beginRollout(context, request, planUpdate, call.signal);
  if (plan.kind === 'missing' || plan.kind === 'exists')
    throw new TenantNotFoundError(`${tenantId} on ${context.provider}`);
  const base = { tenant_id: tenantId, provider_type: context.provider, updated_at: new Date().toISOString() };
  if (plan.kind === 'unchanged') return { ...base, status: 'no_changes', changes: [], message: '' };
  const { changes } = plan.rollout;
  const result = await runRollout(context, request, plan.rollout);
  throwFailure(result, UpdateFailedError);
  if (result?.kind === 'done') return { ...base, status: 'success', changes, message: '' };
  return { ...base, status: 'in_progress', changes, message: 'the new version is not ready yet' };
}

async function toRequest(
  context: ProviderContext,
  spec: TenantComputeSpec,
  { spec_hash = specHash(spec) }: ProviderCall,
): Promise<RolloutRequest> {
  const { config } = await checkDockerSpec(spec, context.defaults);
  const names = namesOf(context.defaults.name_prefix, context.provider, spec.tenant_id);
  return { spec, specHash: spec_hash, config, names };
}

function throwFailure(
  result: RolloutResult | undefined,
  Failed: typeof ProvisionFailedError | typeof UpdateFailedError,
): void {
  if (result?.kind === 'superseded') {
    throw new Failed('another request for the tenant replaced this one', {
      hint: 'Read the status of the tenant to see the result.',
    });
  }
  if (result?.kind !== 'failed') return;
  const { message, hint, isConflict } = result.failure;
  throw new (isConflict ? ResourceConflictError : Failed)(message, hint === undefined ? {} : { hint });
}
