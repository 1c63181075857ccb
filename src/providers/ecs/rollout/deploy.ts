import type { Service } from '@aws-sdk/client-ecs';
import { OperationInProgressError, TenantNotFoundError } from '../../../compute/errors.ts';
import { INCARNATION_LABEL, isOtherIncarnation } from '../../../compute/labels.ts';
import { ensureHost, hostGroupOf, removeHosts } from '../address/host-address.ts';
import { nameOf, textOf } from '../api/aws-error.ts';
import { required } from '../api/responses.ts';
import { giveUp } from '../deployment/steer.ts';
import { withApproval } from '../deployment/strategy.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Observation } from '../status/observe.ts';
import { hasOpenSteps, type RolloutState } from '../status/rollout-state.ts';
import { keepingRestart } from '../status/run-state.ts';
import { listTasks } from '../status/service.ts';
import {
  BEFORE_TAG,
  CONTENT_HASH_TAG,
  keyDigest,
  keyDigests,
  OLDER_FIELDS,
  REQUESTED_TAG,
  readRecord,
  requestedValue,
  type ServiceRecord,
  type TagMap,
  toTags,
  withMark,
  withRecord,
} from '../tags.ts';
import { ensureVolumes, refuseOtherFileSystem } from '../volumes/tenant-volumes.ts';
import { type Forced, forcedBy } from './forced.ts';
import type { Plan } from './plan.ts';
import { applyScaling, countToSet, removeScaling } from './scaling.ts';
import { changesTo, fieldsOf, repeatedFields, type ServiceChanges } from './service-changes.ts';
import { ensureRevision, pruneRevisions } from './task-definitions.ts';

/** Attempts to use a revision before others remove it. */
const ATTEMPTS = 3;

/**
 * Makes a service run a plan. Begins a rollout if the service runs another specification, if the last rollout of this one
 * failed, or if the service differs from the plan; else it only updates tags and the scaling. Returns true if it updated
 * the service.
 */
export async function applyPlan(
  context: ProviderContext,
  given: Plan,
  observation: Observation,
  state: RolloutState,
): Promise<boolean> {
  const { service, route } = observation;
  const record = recordOf(observation);
  const plan = await withHost(context, given, observation, record);
  const changes = changesTo(plan, { service, record, route, isSettled: record.settings === plan.settings });
  await announceFields(context, plan, observation, record);
  if (!plan.scaling && record.fields.has('autoscaling')) await removeScaling(context, service);
  const count = await countToSet(context, { service, scaling: plan.scaling, count: plan.config.desired_count });
  const current = state.pending ?? state.serving;
  const forced = forcedBy(context, plan, observation);
  // Where other settings failed with the same specification, only a rollout that succeeds ends the failure.
  const isSame = current?.specHash === plan.specHash && state.failed?.specHash !== plan.specHash;
  const hasDrifted = isOtherDefinition(plan, observation) || count !== undefined || Object.keys(changes).length > 0;
  if (!forced && current && isSame && !hasDrifted) {
    if (hasOpenSteps(observation, current)) await prune(context, plan, observation, undefined);
    if (plan.scaling) await applyScaling(context, service, plan.scaling);
    const settled = plan.isStale ? await removeStale(context, plan, observation) : plan;
    await syncTags(context, observation, wantedTags(settled, current.deployment.taskDefinition ?? '', observation));
    return false;
  }
  if (!forced && goesBack(plan, observation, state)) {
    await goBack(context, plan, observation, state);
    return true;
  }
  const desiredCount = forced?.desiredCount ?? count;
  await deploy(context, plan, observation, state, {
    changes: { ...changes, ...(desiredCount !== undefined && { desiredCount }) },
    forced,
  });
  return true;
}

/** Returns true for a plan that serves already, while requests shift to another version. */
function goesBack(plan: Plan, { shift, rollouts }: Observation, { serving }: RolloutState): boolean {
  return shift?.isRunning === true && serving?.specHash === plan.specHash && rollouts[0]?.specHash !== plan.specHash;
}

/** Has ECS turn the requests back: a deployment of the version that serves would start all of its tasks once more. */
async function goBack(
  context: ProviderContext,
  plan: Plan,
  observation: Observation,
  { serving }: RolloutState,
): Promise<void> {
  if (observation.shift) await giveUp(context, observation.shift);
  await syncTags(context, observation, wantedTags(plan, serving?.deployment.taskDefinition ?? '', observation));
}

/** Makes the volumes and the host of a plan, and notes where the service leaves another host behind. */
async function withHost(
  context: ProviderContext,
  given: Plan,
  { service, rollouts }: Observation,
  record: ServiceRecord,
): Promise<Plan> {
  refuseOtherFileSystem(
    given,
    rollouts.flatMap(({ revision }) => (revision?.own ? revision.fileSystems : [])),
  );
  const { plan: planned } = await ensureVolumes(context, given, record);
  const { plan } = await ensureHost(context, planned, service);
  const before = hostGroupOf(context, service);
  const [wanted] = plan.service.loadBalancers ?? [];
  const hadTwo = service.loadBalancers?.some(({ advancedConfiguration }) => advancedConfiguration) ?? false;
  const isLeft =
    before !== undefined && (wanted?.targetGroupArn !== before || (hadTwo && !wanted?.advancedConfiguration));
  return isLeft || record.fields.has('stale_address') ? { ...plan, isStale: true } : plan;
}

/** Removes the hosts of earlier listeners, once no task that they lead to is left. Returns the plan with what is left. */
async function removeStale(context: ProviderContext, plan: Plan, observation: Observation): Promise<Plan> {
  const ending = await listTasks(context, observation, 'STOPPED');
  const isQuiet = observation.rollouts.length === 1 && ending.every(({ lastStatus }) => lastStatus === 'STOPPED');
  if (!isQuiet) return plan;
  const kept = (plan.service.loadBalancers ?? []).flatMap(({ targetGroupArn, advancedConfiguration }) =>
    [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].flatMap((arn) => arn ?? []),
  );
  await removeHosts(context, { name: plan.name, tenantId: plan.spec.tenant_id, kept });
  return { ...plan, isStale: false };
}

/** Returns the ARN of the task definition that a plan runs, and registers it if there is none. */
export async function resolveDefinition(
  context: ProviderContext,
  plan: Plan,
): Promise<{ arn: string; isNew: boolean }> {
  if (plan.definition) return ensureRevision(context, plan.definition);
  return { arn: required(plan.config.task_definition_arn, 'a task definition'), isNew: false };
}

/**
 * Returns the tags of a service that is told to run a task definition for a plan. With `isComplete` false, they tell that
 * the settings of the provider are not applied yet. `mark`: of a restart that begins.
 */
export function wantedTags(
  plan: Plan,
  arn: string,
  before?: Observation,
  { isComplete = true, mark }: { isComplete?: boolean; mark?: string | undefined } = {},
): TagMap {
  const record = {
    settings: isComplete ? plan.settings : undefined,
    fields: fieldsOf(plan),
    keys: keyDigests(plan.tags),
  };
  const requested = requestedValue(plan.specHash, arn, record);
  const marked = mark === undefined ? keepingRestart(requested, before?.tags ?? {}) : withMark(requested, mark);
  const wanted = { ...plan.tags, [REQUESTED_TAG]: marked };
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
 * operator. Whatever happens, the tags have to tell which specification runs and what is Berth's, and no env value may be
 * left behind.
 *
 * 1. Write which optional fields Berth is about to set (`announceFields`). Interrupted after one was set, the next call
 *    still knows whose it is. For a restart, also write its mark. It has begun once the service has another primary
 *    deployment (status/run-state.ts).
 * 2. Find or register the task definition. A task definition of Berth carries the hash of its specification, so from the
 *    moment that the service runs it, the specification is known.
 * 3. Only for a given task definition, which carries no hash: write the tags of the service first, with the request before.
 *    Interrupted here, the tags name a task definition that does not run yet; the previous one is found by `BEFORE_TAG`.
 * 4. Update the service. If a concurrent prune deregistered the revision in between, ECS refuses it as inactive: begin
 *    again, and find or register another one.
 * 5. Remove old revisions, except those that any deployment before or after the update refers to. Set up the scaling.
 * 6. Write the tags. They are last, so tags that name another version than the one that serves, or other settings than
 *    those of the provider, show that the update was interrupted somewhere after step 4. The status then has open steps
 *    (`hasOpenSteps`, `settingsToApply`), and the next call with the same specification takes the steps that are left.
 */
async function deploy(
  context: ProviderContext,
  plan: Plan,
  observation: Observation,
  state: RolloutState,
  { changes, forced }: { changes: ServiceChanges; forced: Forced | undefined },
): Promise<void> {
  if (forced?.mark) await syncMark(context, observation, forced.mark);
  for (let attempt = 1; ; attempt += 1) {
    const arn = await findDefinition(context, plan, observation);
    const isGiven = plan.definition === undefined;
    let tagged = observation;
    if (isGiven && arn !== observation.service.taskDefinition) {
      const tags = wantedTags(plan, arn, observation, { isComplete: false, mark: forced?.mark });
      await syncTags(context, observation, tags);
      tagged = { ...observation, tags };
    }
    try {
      const service = await updateService(context, plan, observation, state, {
        changes: { ...changes, taskDefinition: arn },
        isForced: forced !== undefined,
      });
      await prune(context, plan, observation, service);
      if (plan.scaling) await applyScaling(context, observation.service, plan.scaling);
      await syncTags(context, tagged, wantedTags(plan, arn, observation, { mark: forced?.mark }));
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
 * Returns what Berth set on a service. For a service of an older version, which recorded less, that is every optional field
 * that it has, and the tags that its task definitions have too.
 */
function recordOf({ tags, rollouts }: Observation): ServiceRecord {
  const record = readRecord(tags);
  if (record) return record;
  const inherited = rollouts.flatMap(({ revision }) => (revision?.own ? [...keyDigests(revision.tags)] : []));
  return { settings: undefined, fields: OLDER_FIELDS, keys: new Set(inherited) };
}

/** Writes the mark of a restart into the tag that names what was requested, and leaves the rest of its value. */
async function syncMark({ send }: ProviderContext, { service, tags }: Observation, mark: string): Promise<void> {
  const value = withMark(tags[REQUESTED_TAG], mark);
  await send('TagResource', { resourceArn: service.serviceArn, tags: toTags({ [REQUESTED_TAG]: value }) });
}

/** Records the optional fields that Berth is about to set, before it sets them. */
async function announceFields(
  { send }: ProviderContext,
  plan: Plan,
  { service, tags }: Observation,
  record: ServiceRecord,
): Promise<void> {
  const wanted = fieldsOf(plan);
  if (wanted.isSubsetOf(record.fields)) return;
  const value = withRecord(tags[REQUESTED_TAG] ?? '', {
    ...record,
    settings: undefined,
    fields: wanted.union(record.fields),
  });
  await send('TagResource', { resourceArn: service.serviceArn, tags: toTags({ [REQUESTED_TAG]: value }) });
}

/**
 * Writes the tags that differ, and first removes those of Berth that are not wanted. Tags of AWS and of others are left
 * alone, and so are those of the origin, except the mark of an earlier life where there is no room for the present one.
 */
async function syncTags({ send, origin }: ProviderContext, observation: Observation, wanted: TagMap): Promise<void> {
  const { service, tags } = observation;
  const { keys } = recordOf(observation);
  const resourceArn = service.serviceArn;
  const isEarlierLife = (key: string) => key === INCARNATION_LABEL && isOtherIncarnation(tags[key], origin.incarnation);
  const isBerths = (key: string) => keys.has(keyDigest(key)) || key === BEFORE_TAG || isEarlierLife(key);
  const tagKeys = Object.keys(tags).filter((key) => !(key in wanted) && isBerths(key));
  const changed = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => tags[key] !== value));
  if (tagKeys.length > 0) await send('UntagResource', { resourceArn, tagKeys });
  if (Object.keys(changed).length > 0) await send('TagResource', { resourceArn, tags: toTags(changed) });
}

/** Returns true if the primary deployment runs another task definition than the plan's. */
function isOtherDefinition(plan: Plan, { rollouts }: Observation): boolean {
  const [primary] = rollouts;
  return plan.definition
    ? primary?.revision?.tags[CONTENT_HASH_TAG] !== plan.definition.contentHash
    : primary?.deployment.taskDefinition !== plan.config.task_definition_arn;
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
  { serving, pending, failed }: RolloutState,
  { changes, isForced }: { changes: ServiceChanges; isForced: boolean },
): Promise<Service | undefined> {
  // ECS ignores an update without a change. A rollout that failed has to start again all the same.
  const isPrimary = [serving, pending].some((rollout) => rollout?.deployment.status === 'PRIMARY');
  const isCurrent = isPrimary && failed?.specHash !== plan.specHash;
  // Only another specification waits for approval: settings, restarts and starts change nothing that could be approved.
  const isAsked = serving?.specHash !== undefined && serving.specHash !== plan.specHash && !isForced;
  const wanted = { ...repeatedFields(plan), ...changes };
  const output = await send('UpdateService', {
    ...wanted,
    deploymentConfiguration: withApproval(wanted.deploymentConfiguration, {
      actual: service.deploymentConfiguration,
      isAsked,
    }),
    cluster: settings.cluster_arn,
    service: service.serviceName,
    ...((isForced || (changes.taskDefinition === service.taskDefinition && !isCurrent)) && {
      forceNewDeployment: true,
    }),
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
