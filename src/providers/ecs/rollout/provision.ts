import type { Service } from '@aws-sdk/client-ecs';
import { ProviderFailedError, ResourceConflictError, TenantExistsError } from '../../../compute/errors.ts';
import { INSTALLATION_LABEL, isForeign } from '../../../compute/labels.ts';
import type { ProvisionResult } from '../../../compute/results.ts';
import { hashJson } from '../../../compute/spec/json.ts';
import { ensureHost, removeHosts } from '../address/host-address.ts';
import { isThrottled, isUnavailable, nameOf, textOf } from '../api/aws-error.ts';
import { required } from '../api/responses.ts';
import { withApproval } from '../deployment/strategy.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type Observation, observe } from '../status/observe.ts';
import { type RolloutState, readRolloutState } from '../status/rollout-state.ts';
import { describeService, findService, type TenantService } from '../status/service.ts';
import { toComputeStatus } from '../status/status.ts';
import { toTags } from '../tags.ts';
import { ensureVolumes } from '../volumes/tenant-volumes.ts';
import { applyPlan, isInactiveDefinition, resolveDefinition, stillStopping, wantedTags } from './deploy.ts';
import type { Plan } from './plan.ts';
import { removeRevisions } from './task-definitions.ts';

const ATTEMPTS = 4;
/** Milliseconds, doubled each time: ECS shows a new service after a while, and limits the number of reads. */
const VISIBLE_PAUSE = 100;
const VISIBLE_PAUSES = 6;

/** Errors after which the service certainly does not exist. */
const refusals = new Set([
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

/*
 * Creating a service once
 *
 * Provisions of one tenant can run concurrently, be repeated after a lost response, and meet a destroy. ECS creates at most
 * one service per name. The loop relies on that:
 *
 * - `clientToken` is derived from the cluster, the name, the specification, the task definition, the life of the tenant
 *   and the predecessor's creation time. A repeated call has the same token and gets the same service. After a destroy the
 *   predecessor differs, so the token does too.
 * - ECS refuses a second service of the name, and a new one while the old one drains. Either way the next round of the loop
 *   finds a service and resumes from it: it joins the same specification, or reports another one.
 * - A concurrent destroy or prune may deregister the task definition before the service uses it. The next round registers
 *   a new one.
 * - A task definition that this call registered is removed if ECS refused the service. After any other error the service
 *   may exist, so nothing is removed; the next operation finds both.
 * - The scaling of a service is set up last. Until then its tags tell that the settings are not applied yet.
 * - A new service is not visible at once. Returning earlier would let a status call report that the tenant does not exist.
 */

/** Creates a tenant's service, or resumes from the existing one. */
export async function provision(context: ProviderContext, plan: Plan): Promise<ProvisionResult> {
  const { tenant_id } = plan.spec;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const found = await findService(context, plan.name, tenant_id);
    if (found) return resume(context, plan, found);
    const { created, message } = await createAtHost(context, plan);
    if (created === 'definition inactive') continue;
    await untilVisible(context, plan);
    if (created === 'name taken') continue;
    if (plan.scaling) await setUpScaling(context, plan);
    return toResult(context, { ...plan, notes: message }, 'in_progress', created.createdAt);
  }
  throw new ProviderFailedError(`${tenant_id} on ${context.provider} is being changed by others. Try again shortly`);
}

/** Continues with a service of the name: the tenant's, with this or another specification, or one that is not Berth's. */
async function resume(context: ProviderContext, plan: Plan, found: TenantService): Promise<ProvisionResult> {
  const { tenant_id } = plan.spec;
  if (!found.own) {
    const other = found.tags[INSTALLATION_LABEL];
    if (isForeign(other, context.origin.installation)) {
      throw new ResourceConflictError(
        `the cluster has a service named ${plan.name} of another installation (${other}); ` +
          'choose another tenant id, or set another service_name_prefix',
      );
    }
    throw new ResourceConflictError(
      `the cluster has a service named ${plan.name} without Berth's tags for ${tenant_id}; ` +
        'remove it, or set another service_name_prefix',
    );
  }
  const { status, createdAt } = found.service;
  if (status === 'DRAINING') throw stillStopping(context, plan);
  const [observation, state] = await read(context, found);
  if (state.desired?.specHash !== plan.specHash) {
    throw new TenantExistsError(`${tenant_id} has another specification on ${context.provider}`);
  }
  if (await applyPlan(context, plan, observation, state)) return toResult(context, plan, 'in_progress', createdAt);
  const current = toComputeStatus(context, tenant_id, observation, state);
  return current.state === 'running' && !state.pending
    ? toResult(context, plan, 'success', createdAt, current.endpoints)
    : toResult(context, plan, 'in_progress', createdAt);
}

/** Creates the service with its volumes and its host. Removes those that this call made for a service that ECS refuses. */
async function createAtHost(context: ProviderContext, given: Plan) {
  const { plan: planned, undo } = await ensureVolumes(context, given);
  let isNewHost = false;
  try {
    const { plan, isNew } = await ensureHost(context, planned);
    isNewHost = isNew;
    const created = await create(context, plan, await resolveDefinition(context, plan));
    return { created, message: plan.notes };
  } catch (error) {
    if (isRefusal(error)) {
      if (isNewHost) await removeHosts(context, { name: given.name, tenantId: given.spec.tenant_id });
      await undo();
    }
    throw error;
  }
}

/** Creates the service, or returns what prevented it. */
async function create(
  context: ProviderContext,
  plan: Plan,
  definition: { arn: string; isNew: boolean },
): Promise<Service | 'name taken' | 'definition inactive'> {
  const { cluster_arn, launch_type, capacity_providers } = plan.config;
  const predecessor = await describeService(context, plan.name);
  const life = context.origin.incarnation === undefined ? [] : [context.origin.incarnation];
  const request = [cluster_arn, plan.name, plan.specHash, definition.arn, predecessor?.createdAt ?? null, ...life];
  try {
    const { service } = await context.send('CreateService', {
      ...plan.service,
      // Nothing serves yet, so there is nothing to protect by an approval.
      deploymentConfiguration: withApproval(plan.service.deploymentConfiguration, { isAsked: false }),
      cluster: cluster_arn,
      serviceName: plan.name,
      taskDefinition: definition.arn,
      ...(!capacity_providers && { launchType: launch_type ?? 'FARGATE' }),
      tags: toTags(wantedTags(plan, definition.arn, undefined, { isComplete: !plan.scaling })),
      clientToken: hashJson(request),
    });
    return required(service, 'the service');
  } catch (error) {
    if (isRefusal(error) && definition.isNew) await removeRevisions(context, [definition.arn]);
    if (isTaken(error)) return 'name taken';
    if (isInactiveDefinition(error) && plan.definition) return 'definition inactive';
    throw error;
  }
}

/** Sets the scaling of a new service up. One that is not visible yet gets it with the next call. */
async function setUpScaling(context: ProviderContext, plan: Plan): Promise<void> {
  const found = await findService(context, plan.name, plan.spec.tenant_id);
  if (found?.own && found.service.status === 'ACTIVE') await applyPlan(context, plan, ...(await read(context, found)));
}

async function read(context: ProviderContext, found: TenantService): Promise<[Observation, RolloutState]> {
  const observation = await observe(context, found);
  return [observation, readRolloutState(observation, context)];
}

/** Waits until ECS shows the service that this call or a concurrent one created. */
async function untilVisible(context: ProviderContext, plan: Plan): Promise<void> {
  for (let pauses = 0; !(await findService(context, plan.name, plan.spec.tenant_id)); pauses += 1) {
    if (pauses === VISIBLE_PAUSES) return;
    await context.sleep(VISIBLE_PAUSE * 2 ** pauses);
  }
}

function isRefusal(error: unknown): boolean {
  return isTaken(error) || (refusals.has(nameOf(error)) && !isThrottled(error) && !isUnavailable(error));
}

/** Returns true if a service of the name exists, or its tasks are still stopping. */
function isTaken(error: unknown): boolean {
  return /not idempotent|still draining/i.test(textOf(error));
}

function toResult(
  context: ProviderContext,
  { spec, name, notes }: Plan,
  status: ProvisionResult['status'],
  createdAt = new Date(context.now()),
  endpoints: ProvisionResult['endpoints'] = [],
): ProvisionResult {
  const progress = status === 'in_progress' ? 'ECS is starting the tasks' : '';
  return {
    tenant_id: spec.tenant_id,
    provider_type: context.provider,
    status,
    resource_ids: { cluster: context.settings.cluster_arn, service: name, task_definition_family: name },
    endpoints,
    message: [progress, notes].filter(Boolean).join('; '),
    provisioned_at: createdAt.toISOString(),
  };
}
