import type { Service } from '@aws-sdk/client-ecs';
import { ProviderFailedError, ResourceConflictError, TenantExistsError } from '../../../compute/errors.ts';
import type { ProvisionResult } from '../../../compute/results.ts';
import { hashJson } from '../../../compute/spec/json.ts';
import { isThrottled, isUnavailable, nameOf, textOf } from '../api/aws-error.ts';
import { expectPart, type ProviderContext } from '../provider-context.ts';
import { endpointsOf } from '../status/endpoints.ts';
import { describeService, findService, observe, type TenantService } from '../status/observe.ts';
import { readRolloutState } from '../status/rollout-state.ts';
import { toComputeStatus } from '../status/status.ts';
import { toTags } from '../tags.ts';
import {
  deploy,
  hasDrifted,
  isInactiveDefinition,
  resolveDefinition,
  stillStopping,
  syncTags,
  wantedTags,
} from './deploy.ts';
import type { Plan } from './plan.ts';
import { removeRevisions } from './task-definitions.ts';

const ATTEMPTS = 4;
/** Milliseconds. What was just made may not be seen for a while; each look counts against the account's limit of reads. */
const VISIBLE_PAUSE = 100;
const VISIBLE_PAUSES = 6;

const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'ClientException',
  'ClusterNotFoundException',
  'InvalidParameterException',
  'LimitExceededException',
  'NamespaceNotFoundException',
  'PlatformTaskDefinitionIncompatibilityException',
  'PlatformUnknownException',
  'UnsupportedFeatureException',
]);

/** Brings a tenant's service up, or joins whoever is at it. */
export async function provision(session: ProviderContext, plan: Plan): Promise<ProvisionResult> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const found = await findService(session, plan.name, plan.spec.tenant_id);
    if (found) return resume(session, plan, found);
    const made = await create(session, plan, await resolveDefinition(session, plan));
    if (made !== 'definition gone') await untilVisible(session, plan);
    if (typeof made === 'object') return toResult(session, plan, { status: 'in_progress', createdAt: made.createdAt });
  }
  throw new ProviderFailedError(`others change ${plan.spec.tenant_id} on ${session.provider} at the same time`);
}

/** There is a service of that name: the tenant's own, as asked or otherwise, or somebody else's. */
async function resume(session: ProviderContext, plan: Plan, found: TenantService): Promise<ProvisionResult> {
  if (!found.own) {
    throw new ResourceConflictError(
      `a service named ${plan.name} is in the cluster and does not carry Berth's tags for ${plan.spec.tenant_id}; remove it, or set another service_name_prefix`,
    );
  }
  if (found.service.status === 'DRAINING') throw stillStopping(session, plan);
  const { config, provider, now } = session;
  const observation = await observe(session, found);
  const standing = readRolloutState(observation, { now: now(), timeout: config.rollout_timeout_seconds * 1000 });
  const { serving, pending, desired } = standing;
  if (desired?.specHash !== plan.specHash) {
    throw new TenantExistsError(`${plan.spec.tenant_id} has another specification on ${provider}`);
  }
  const createdAt = found.service.createdAt;
  const isAsked = desired === pending || desired === serving;
  if (!isAsked || hasDrifted(plan, observation)) {
    await deploy(session, plan, observation, standing);
    return toResult(session, plan, { status: 'in_progress', createdAt });
  }
  await syncTags(
    session,
    observation,
    wantedTags(plan, (pending ?? serving)?.deployment.taskDefinition ?? '', observation),
  );
  const endpoints = endpointsOf(observation, serving, config);
  const about = { tenantId: plan.spec.tenant_id, provider, now: now(), endpoints };
  const { state } = toComputeStatus(observation, standing, about);
  if (pending || state !== 'running') return toResult(session, plan, { status: 'in_progress', createdAt });
  return toResult(session, plan, { status: 'success', createdAt, endpoints });
}

/** Makes the service, or says who was in the way. A task definition that was made for it in vain is removed. */
async function create(
  session: ProviderContext,
  plan: Plan,
  definition: { arn: string; isNew: boolean },
): Promise<Service | 'name taken' | 'definition gone'> {
  const { cluster_arn, launch_type, capacity_providers } = plan.config;
  const predecessor = await describeService(session, plan.name);
  try {
    const { service } = await session.send('CreateService', {
      ...plan.settings,
      cluster: cluster_arn,
      serviceName: plan.name,
      taskDefinition: definition.arn,
      ...(!capacity_providers && { launchType: launch_type ?? 'FARGATE' }),
      tags: toTags(wantedTags(plan, definition.arn)),
      // The same for whoever repeats this call, another once the service was destroyed.
      clientToken: hashJson([cluster_arn, plan.name, plan.specHash, definition.arn, predecessor?.createdAt ?? null]),
    });
    return expectPart(service, 'the service');
  } catch (error) {
    if (isRefusal(error) && definition.isNew) await removeRevisions(session, [definition.arn]);
    if (isTaken(error)) return 'name taken';
    if (isInactiveDefinition(error) && plan.definition) return 'definition gone';
    throw error;
  }
}

/** Waits until ECS shows what was made, by us or by somebody faster, so that whoever asks next finds it. */
async function untilVisible(session: ProviderContext, plan: Plan): Promise<void> {
  for (let pauses = 0; !(await findService(session, plan.name, plan.spec.tenant_id)); pauses += 1) {
    if (pauses === VISIBLE_PAUSES) return;
    await session.sleep(VISIBLE_PAUSE * 2 ** pauses);
  }
}

/** ECS did not make the service. After other errors nobody can know: what was begun is found by the next operation. */
function isRefusal(error: unknown): boolean {
  return isTaken(error) || (REFUSALS.has(nameOf(error)) && !isThrottled(error) && !isUnavailable(error));
}

/** A service of that name is there, or its tasks still end. */
function isTaken(error: unknown): boolean {
  return /not idempotent|still draining/i.test(textOf(error));
}

function toResult(
  session: ProviderContext,
  { spec, name, notes }: Plan,
  {
    status,
    createdAt,
    endpoints = [],
  }: Pick<ProvisionResult, 'status'> & { createdAt: Date | undefined; endpoints?: ProvisionResult['endpoints'] },
): ProvisionResult {
  const progress = status === 'in_progress' ? 'ECS is starting the tasks' : '';
  return {
    tenant_id: spec.tenant_id,
    provider_type: session.provider,
    status,
    resource_ids: { cluster: session.config.cluster_arn, service: name, task_definition_family: name },
    endpoints,
    message: [progress, notes].filter(Boolean).join('; '),
    provisioned_at: (createdAt ?? new Date(session.now())).toISOString(),
  };
}
