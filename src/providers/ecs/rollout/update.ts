import { TenantNotFoundError } from '../../../compute/errors.ts';
import type { UpdateResult } from '../../../compute/results.ts';
import { changedDigests, digestFields, unpackDigests } from '../field-digests.ts';
import type { ProviderContext } from '../provider-context.ts';
import { findService, observe } from '../status/observe.ts';
import { readRolloutState } from '../status/rollout-state.ts';
import { FIELDS_LABEL } from '../tags.ts';
import { deploy, hasDrifted, stillStopping, syncTags, wantedTags } from './deploy.ts';
import type { Plan } from './plan.ts';
import type { Revision } from './task-definitions.ts';

/** Has ECS roll out a new version, or answers that there is none. */
export async function update(session: ProviderContext, plan: Plan): Promise<UpdateResult> {
  const { spec, specHash } = plan;
  const found = await findService(session, plan.name, spec.tenant_id);
  if (!found?.own) throw new TenantNotFoundError(`${spec.tenant_id} on ${session.provider}`);
  if (found.service.status === 'DRAINING') throw stillStopping(session, plan);
  const observation = await observe(session, found);
  const timeout = session.config.rollout_timeout_seconds * 1000;
  const standing = readRolloutState(observation, { now: session.now(), timeout });
  const { serving, pending, desired } = standing;
  const begun = observation.rollouts[0]?.deployment.createdAt;
  const isUnderway = desired === pending || desired === serving;
  if (desired?.specHash === specHash && isUnderway && !hasDrifted(plan, observation)) {
    await syncTags(
      session,
      observation,
      wantedTags(plan, (pending ?? serving)?.deployment.taskDefinition ?? '', observation),
    );
    const changes = pending ? changesTo(plan, serving?.revision) : [];
    return toResult(session, plan, pending ? 'in_progress' : 'no_changes', changes, begun);
  }
  await deploy(session, plan, observation, standing);
  return toResult(session, plan, 'in_progress', changesTo(plan, desired?.revision), new Date(session.now()));
}

/** What the specification changes. Of a given task definition it is known only that it is another one. */
function changesTo({ spec, config }: Plan, before: Revision | undefined): string[] {
  const label = before?.containers.map(({ dockerLabels }) => dockerLabels?.[FIELDS_LABEL]).find(Boolean);
  const digests = unpackDigests(label);
  if (digests) return changedDigests(digests, digestFields(spec));
  return config.task_definition_arn === before?.arn ? [] : ['/provider_config/task_definition_arn'];
}

function toResult(
  session: ProviderContext,
  { spec, notes }: Plan,
  status: 'no_changes' | 'in_progress',
  changes: string[],
  at: Date | undefined,
): UpdateResult {
  const progress = status === 'in_progress' ? 'ECS is rolling the new version out' : '';
  return {
    tenant_id: spec.tenant_id,
    provider_type: session.provider,
    status,
    changes,
    message: [progress, notes].filter(Boolean).join('; '),
    updated_at: (at ?? new Date(session.now())).toISOString(),
  };
}
