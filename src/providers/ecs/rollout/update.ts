import { TenantNotFoundError } from '../../../compute/errors.ts';
import type { UpdateResult } from '../../../compute/results.ts';
import { changedDigests, digestFields, unpackDigests } from '../field-digests.ts';
import type { ProviderContext } from '../provider-context.ts';
import { observe } from '../status/observe.ts';
import type { Revision } from '../status/revisions.ts';
import { readRolloutState } from '../status/rollout-state.ts';
import { findService } from '../status/service.ts';
import { FIELDS_LABEL } from '../tags.ts';
import { applyPlan, stillStopping } from './deploy.ts';
import type { Plan } from './plan.ts';

/** Begins the rollout of a new version, joins one of the same version, or reports `no_changes`. */
export async function update(context: ProviderContext, plan: Plan): Promise<UpdateResult> {
  const { tenant_id } = plan.spec;
  const found = await findService(context, plan.name, tenant_id);
  if (!found?.own) throw new TenantNotFoundError(`${tenant_id} on ${context.provider}`);
  if (found.service.status === 'DRAINING') throw stillStopping(context, plan);
  const observation = await observe(context, found);
  const state = readRolloutState(observation, context);
  if (await applyPlan(context, plan, observation, state)) {
    const changes = changesTo(plan, state.desired?.revision);
    return toResult(context, plan, 'in_progress', changes, new Date(context.now()));
  }
  const { pending, serving } = state;
  const changes = pending ? changesTo(plan, serving?.revision) : [];
  const updatedAt = observation.rollouts[0]?.deployment.createdAt ?? new Date(context.now());
  return toResult(context, plan, pending ? 'in_progress' : 'no_changes', changes, updatedAt);
}

/** Returns pointers to the changed fields. A given task definition has no digests: only that it is another one is known. */
function changesTo({ spec, config }: Plan, before: Revision | undefined): string[] {
  const label = before?.containers.map(({ dockerLabels }) => dockerLabels?.[FIELDS_LABEL]).find(Boolean);
  const digests = unpackDigests(label);
  if (digests) return changedDigests(digests, digestFields(spec));
  return config.task_definition_arn === before?.arn ? [] : ['/provider_config/task_definition_arn'];
}

function toResult(
  { provider }: ProviderContext,
  { spec, notes }: Plan,
  status: 'no_changes' | 'in_progress',
  changes: string[],
  updatedAt: Date,
): UpdateResult {
  const progress = status === 'in_progress' ? 'ECS is rolling out the new version' : '';
  return {
    tenant_id: spec.tenant_id,
    provider_type: provider,
    status,
    changes,
    message: [progress, notes].filter(Boolean).join('; '),
    updated_at: updatedAt.toISOString(),
  };
}
