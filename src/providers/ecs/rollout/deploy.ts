import type { Service } from '@aws-sdk/client-ecs';
import { OperationInProgressError, TenantNotFoundError } from '../../../compute/errors.ts';
import { nameOf, textOf } from '../api/aws-error.ts';
import { expectPart, type ProviderContext } from '../provider-context.ts';
import { type Observation, requestedValue } from '../status/observe.ts';
import type { RolloutState } from '../status/rollout-state.ts';
import { BEFORE_TAG, CONTENT_HASH_TAG, REQUESTED_TAG, type TagMap, toTags } from '../tags.ts';
import type { Plan } from './plan.ts';
import { ensureRevision, pruneRevisions } from './task-definitions.ts';

/** Others may remove a revision between our finding it and our using it; then there is another one to find. */
const ATTEMPTS = 3;

/** The task definition that a plan runs with. */
export async function resolveDefinition(
  session: ProviderContext,
  plan: Plan,
): Promise<{ arn: string; isNew: boolean }> {
  if (plan.definition) return ensureRevision(session, plan.definition);
  return { arn: expectPart(plan.config.task_definition_arn, 'a task definition'), isNew: false };
}

/** Has ECS replace what runs by what the plan says. Returns at once: the rollout is ECS's. */
export async function deploy(
  session: ProviderContext,
  plan: Plan,
  observation: Observation,
  standing: RolloutState,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { arn } = await findDefinition(session, plan, observation);
    const tags = wantedTags(plan, arn, observation);
    const isGiven = plan.definition === undefined;
    // A given task definition does not say for which specification it runs: that has to be told before it does.
    if (isGiven && arn !== observation.service.taskDefinition) await syncTags(session, observation, tags);
    try {
      const service = await updateService(session, plan, observation, arn, standing);
      await syncTags(session, observation, tags);
      await prune(session, plan, observation, service);
      return;
    } catch (error) {
      if (nameOf(error) === 'ServiceNotFoundException') throw new TenantNotFoundError(describeTenant(session, plan));
      if (nameOf(error) === 'ServiceNotActiveException') throw stillStopping(session, plan);
      if (!isInactiveDefinition(error) || isGiven || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Brings the tags of a service up to date, where they differ. */
export async function syncTags(
  session: ProviderContext,
  { service, tags: have }: Observation,
  want: TagMap,
): Promise<void> {
  const resourceArn = service.serviceArn;
  const changed = Object.fromEntries(Object.entries(want).filter(([key, value]) => have[key] !== value));
  const gone = Object.keys(have).filter((key) => !(key in want) && !key.startsWith('aws:'));
  if (Object.keys(changed).length > 0) await session.send('TagResource', { resourceArn, tags: toTags(changed) });
  if (gone.length > 0) await session.send('UntagResource', { resourceArn, tagKeys: gone });
}

/** The tags that a service is to have while it is asked to run a task definition for a plan. */
export function wantedTags(plan: Plan, arn: string, before?: Observation): TagMap {
  const wanted = { ...plan.tags, [REQUESTED_TAG]: requestedValue(plan.specHash, arn) };
  if (plan.definition || !before) return wanted;
  const [primary] = before.rollouts;
  const isOther = primary?.deployment.taskDefinition !== arn;
  const earlier =
    isOther && primary?.specHash
      ? requestedValue(primary.specHash, primary.deployment.taskDefinition ?? '')
      : before.tags[BEFORE_TAG];
  return { ...wanted, ...(earlier && { [BEFORE_TAG]: earlier }) };
}

/** Whether somebody else's hand has changed the service, or the operator's settings are other ones now. */
export function hasDrifted(plan: Plan, { service, rollouts }: Observation): boolean {
  const [primary] = rollouts;
  const isOtherDefinition = plan.definition
    ? primary?.revision?.tags[CONTENT_HASH_TAG] !== plan.definition.contentHash
    : primary?.deployment.taskDefinition !== plan.config.task_definition_arn;
  return isOtherDefinition || service.desiredCount !== plan.settings.desiredCount || isOtherNetwork(plan, service);
}

export function isInactiveDefinition(error: unknown): boolean {
  return /taskdefinition is inactive/i.test(textOf(error));
}

export function stillStopping(session: ProviderContext, plan: Pick<Plan, 'name'>): OperationInProgressError {
  return new OperationInProgressError(
    `the tasks of the earlier service ${plan.name} on ${session.provider} still end`,
    {
      hint: 'Try again shortly: ECS frees the name when the last task has ended, mostly within a minute.',
    },
  );
}

/** The revision that is deployed, where its content is what is wanted: that saves looking for it. */
async function findDefinition(
  session: ProviderContext,
  plan: Plan,
  { rollouts }: Observation,
): Promise<{ arn: string }> {
  const fit = rollouts.find(
    ({ revision }) =>
      plan.definition && revision?.own && revision.tags[CONTENT_HASH_TAG] === plan.definition.contentHash,
  );
  return fit?.revision ?? resolveDefinition(session, plan);
}

async function updateService(
  session: ProviderContext,
  plan: Plan,
  { service }: Observation,
  arn: string,
  { serving, pending }: RolloutState,
): Promise<Service | undefined> {
  // ECS does nothing for an update that changes nothing; what failed has to be started again all the same.
  const isUnderway = [serving, pending].some((rollout) => rollout?.deployment.status === 'PRIMARY');
  const answer = await session.send('UpdateService', {
    ...plan.settings,
    cluster: session.config.cluster_arn,
    service: service.serviceName,
    taskDefinition: arn,
    ...(arn === service.taskDefinition && !isUnderway && { forceNewDeployment: true }),
  });
  return answer.service;
}

/** Old revisions do no harm, so a failure here is no failure of the operation. */
async function prune(
  session: ProviderContext,
  plan: Plan,
  before: Observation,
  after: Service | undefined,
): Promise<void> {
  const deployments = [...before.rollouts.map(({ deployment }) => deployment), ...(after?.deployments ?? [])];
  const inUse = new Set(deployments.flatMap(({ taskDefinition }) => taskDefinition ?? []));
  try {
    await pruneRevisions(session, plan.name, inUse);
  } catch (error) {
    session.logger.warn('old task definitions not removed', { provider: session.provider, error: nameOf(error) });
  }
}

function isOtherNetwork({ settings }: Plan, service: Service): boolean {
  const want = settings.networkConfiguration?.awsvpcConfiguration;
  const have = service.networkConfiguration?.awsvpcConfiguration;
  return (
    sorted(want?.subnets) !== sorted(have?.subnets) ||
    sorted(want?.securityGroups) !== sorted(have?.securityGroups) ||
    want?.assignPublicIp !== (have?.assignPublicIp ?? 'DISABLED')
  );
}

function sorted(ids: readonly string[] | undefined): string {
  return (ids ?? []).toSorted().join();
}

function describeTenant(session: ProviderContext, plan: Plan): string {
  return `${plan.spec.tenant_id} on ${session.provider}`;
}
