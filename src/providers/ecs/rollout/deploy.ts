import type { Service } from '@aws-sdk/client-ecs';
import { OperationInProgressError, TenantNotFoundError } from '../../../compute/errors.ts';
import { INCARNATION_LABEL, isOtherIncarnation } from '../../../compute/labels.ts';
import { nameOf, textOf } from '../api/aws-error.ts';
import { required } from '../api/responses.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Observation } from '../status/observe.ts';
import { hasOpenSteps, type RolloutState } from '../status/rollout-state.ts';
import { keepingRestart, withMark } from '../status/run-state.ts';
import {
  BEFORE_TAG,
  CONTENT_HASH_TAG,
  ORIGIN_TAGS,
  REQUESTED_TAG,
  requestedValue,
  type TagMap,
  toTags,
} from '../tags.ts';
import { type Forced, forcedBy } from './forced.ts';
import type { Plan } from './plan.ts';
import { ensureRevision, pruneRevisions } from './task-definitions.ts';

/** Attempts to use a revision before others remove it. */
const ATTEMPTS = 3;

/**
 * Makes a service run a plan. Begins a rollout if the service runs another specification, if the last rollout of this one
 * failed, or if the service differs from the plan; else it only updates tags. Returns true if it began a rollout.
 */
export async function applyPlan(
  context: ProviderContext,
  plan: Plan,
  observation: Observation,
  state: RolloutState,
): Promise<boolean> {
  const current = state.pending ?? state.serving;
  const forced = forcedBy(context, plan, observation);
  if (!forced && current && current.specHash === plan.specHash && !hasDrifted(plan, observation)) {
    const tags = wantedTags(plan, current.deployment.taskDefinition ?? '', observation);
    if (hasOpenSteps(observation, current)) await prune(context, plan, observation, undefined);
    await syncTags(context, observation, tags);
    return false;
  }
  await deploy(context, plan, observation, state, forced);
  return true;
}

/** Returns the ARN of the task definition that a plan runs, and registers it if there is none. */
export async function resolveDefinition(
  context: ProviderContext,
  plan: Plan,
): Promise<{ arn: string; isNew: boolean }> {
  if (plan.definition) return ensureRevision(context, plan.definition);
  return { arn: required(plan.config.task_definition_arn, 'a task definition'), isNew: false };
}

/** Returns the tags of a service that is told to run a task definition for a plan. */
export function wantedTags(plan: Plan, arn: string, before?: Observation, mark?: string): TagMap {
  const requested = keepingRestart(requestedValue(plan.specHash, arn), before?.tags ?? {});
  const wanted = { ...plan.tags, [REQUESTED_TAG]: mark === undefined ? requested : withMark(requested, mark) };
  if (plan.definition || !before) return wanted;
  const { specHash, deployment: { taskDefinition = '' } = {} } = before.rollouts[0] ?? {};
  const earlier =
    specHash && taskDefinition !== arn ? requestedValue(specHash, taskDefinition) : before.tags[BEFORE_TAG];
  return { ...wanted, ...(earlier && { [BEFORE_TAG]: earlier }) };
}

export function isInactiveDefinition(error: unknown): boolean {
  return /taskdefinition is inactive/i.test(textOf(error));
}

export function stillStopping({ provider }: ProviderContext, { name }: Plan): OperationInProgressError {
  const hint = 'Try again shortly: ECS frees the name when the last task has stopped, usually within a minute.';
  return new OperationInProgressError(`the tasks of the earlier service ${name} on ${provider} are still stopping`, {
    hint,
  });
}

/*
 * The order of the calls, and why it is safe
 *
 * A call can be interrupted anywhere, and others can change the same service meanwhile: another update, a destroy, an
 * operator. Whatever happens, the tags have to tell which specification runs, and no env value may be left behind.
 *
 * 0. Only for a restart: write its mark. It has begun once the service has another primary deployment
 *    (status/run-state.ts).
 * 1. Find or register the task definition. A task definition of Berth carries the hash of its specification, so from the
 *    moment that the service runs it, the specification is known.
 * 2. Only for a given task definition, which carries no hash: write the tags of the service first, with the request before.
 *    Interrupted here, the tags name a task definition that does not run yet; the previous one is found by `BEFORE_TAG`.
 * 3. Update the service. If a concurrent prune deregistered the revision in between, ECS refuses it as inactive: begin
 *    again, and find or register another one.
 * 4. Remove old revisions, except those that any deployment before or after the update refers to.
 * 5. Write the tags. They are last, so tags that name another version than the one that serves show that the update was
 *    interrupted somewhere after step 3. The status then has open steps (`hasOpenSteps`), and the next call with the same
 *    specification removes old revisions and writes the tags.
 */
async function deploy(
  context: ProviderContext,
  plan: Plan,
  observation: Observation,
  state: RolloutState,
  forced: Forced | undefined,
): Promise<void> {
  if (forced?.mark) await syncMark(context, observation, forced.mark);
  for (let attempt = 1; ; attempt += 1) {
    const arn = await findDefinition(context, plan, observation);
    const tags = wantedTags(plan, arn, observation, forced?.mark);
    const isGiven = plan.definition === undefined;
    if (isGiven && arn !== observation.service.taskDefinition) await syncTags(context, observation, tags);
    try {
      const service = await updateService(context, plan, observation, arn, state, forced);
      await prune(context, plan, observation, service);
      await syncTags(context, observation, tags);
      return;
    } catch (error) {
      if (nameOf(error) === 'ServiceNotFoundException') {
        throw new TenantNotFoundError(`${plan.spec.tenant_id} on ${context.provider}`);
      }
      if (nameOf(error) === 'ServiceNotActiveException') throw stillStopping(context, plan);
      if (!isInactiveDefinition(error) || isGiven || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Writes the tags that differ, and removes those that are not wanted. Tags of AWS are left alone, and so are those of the
 * origin, except the mark of an earlier life where there is no room for the present one.
 */
async function syncTags(
  { send, origin }: ProviderContext,
  { service, tags }: Observation,
  wanted: TagMap,
): Promise<void> {
  const resourceArn = service.serviceArn;
  const changed = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => tags[key] !== value));
  const isEarlierLife = (key: string) => key === INCARNATION_LABEL && isOtherIncarnation(tags[key], origin.incarnation);
  const isOthers = (key: string) => key.startsWith('aws:') || (ORIGIN_TAGS.includes(key) && !isEarlierLife(key));
  const tagKeys = Object.keys(tags).filter((key) => !(key in wanted) && !isOthers(key));
  if (Object.keys(changed).length > 0) await send('TagResource', { resourceArn, tags: toTags(changed) });
  if (tagKeys.length > 0) await send('UntagResource', { resourceArn, tagKeys });
}

/** Writes the mark of a restart into the tag that names what was requested, and leaves the rest of its value. */
async function syncMark({ send }: ProviderContext, { service, tags }: Observation, mark: string): Promise<void> {
  const value = withMark(tags[REQUESTED_TAG], mark);
  await send('TagResource', { resourceArn: service.serviceArn, tags: toTags({ [REQUESTED_TAG]: value }) });
}

/** Returns true if the service differs from the plan: the operator changed settings, or the service was changed by hand. */
function hasDrifted(plan: Plan, { service, rollouts }: Observation): boolean {
  const [primary] = rollouts;
  const isOtherDefinition = plan.definition
    ? primary?.revision?.tags[CONTENT_HASH_TAG] !== plan.definition.contentHash
    : primary?.deployment.taskDefinition !== plan.config.task_definition_arn;
  return isOtherDefinition || service.desiredCount !== plan.service.desiredCount || isOtherNetwork(plan, service);
}

/** Prefers a revision that is deployed already, which saves the search. */
async function findDefinition(context: ProviderContext, plan: Plan, { rollouts }: Observation): Promise<string> {
  const deployed = rollouts.find(
    ({ revision }) =>
      plan.definition && revision?.own && revision.tags[CONTENT_HASH_TAG] === plan.definition.contentHash,
  );
  return deployed?.revision?.arn ?? (await resolveDefinition(context, plan)).arn;
}

async function updateService(
  { send, settings }: ProviderContext,
  plan: Plan,
  { service }: Observation,
  arn: string,
  { serving, pending }: RolloutState,
  forced: Forced | undefined,
): Promise<Service | undefined> {
  // ECS ignores an update without a change. A rollout that failed has to start again all the same.
  const isCurrent = [serving, pending].some((rollout) => rollout?.deployment.status === 'PRIMARY');
  const output = await send('UpdateService', {
    ...plan.service,
    cluster: settings.cluster_arn,
    service: service.serviceName,
    taskDefinition: arn,
    ...(forced?.desiredCount !== undefined && { desiredCount: forced.desiredCount }),
    ...((forced || (arn === service.taskDefinition && !isCurrent)) && { forceNewDeployment: true }),
  });
  return output.service;
}

/** Old revisions do no harm, so a failure to remove them does not fail the operation. */
async function prune(
  context: ProviderContext,
  plan: Plan,
  before: Observation,
  after: Service | undefined,
): Promise<void> {
  const deployments = [...before.rollouts.map(({ deployment }) => deployment), ...(after?.deployments ?? [])];
  const inUse = new Set(deployments.flatMap(({ taskDefinition }) => taskDefinition ?? []));
  try {
    await pruneRevisions(context, plan.name, inUse);
  } catch (error) {
    context.logger.warn('old task definitions not removed', { provider: context.provider, error: nameOf(error) });
  }
}

function isOtherNetwork(plan: Plan, service: Service): boolean {
  const wanted = plan.service.networkConfiguration?.awsvpcConfiguration;
  const actual = service.networkConfiguration?.awsvpcConfiguration;
  return (
    sorted(wanted?.subnets) !== sorted(actual?.subnets) ||
    sorted(wanted?.securityGroups) !== sorted(actual?.securityGroups) ||
    wanted?.assignPublicIp !== (actual?.assignPublicIp ?? 'DISABLED')
  );
}

function sorted(ids: readonly string[] = []): string {
  return ids.toSorted().join();
}
