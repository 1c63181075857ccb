import type {
  Deployment,
  DeploymentRolloutState,
  ServiceDeploymentBrief,
  ServiceDeploymentStatus,
  Task,
} from '@aws-sdk/client-ecs';
import { TENANT_LABEL } from '../../../compute/labels.ts';
import { type Route, readRoute } from '../address/gateway.ts';
import { readHostListener } from '../address/host-address.ts';
import type { Listener } from '../address/listener.ts';
import { pages } from '../api/responses.ts';
import { readShift, type ShiftState } from '../deployment/shift-state.ts';
import type { ProviderContext } from '../provider-context.ts';
import { BEFORE_TAG, REQUESTED_TAG, requestedHash, SPEC_HASH_TAG } from '../tags.ts';
import { findRevision, type Revision } from './revisions.ts';
import { listTasks, type TenantService } from './service.ts';

/** A deployment of a service, and the task definition that it runs. */
export interface ObservedRollout {
  deployment: Deployment;
  revision: Revision | undefined;
  /** `specHash` of what it runs, if known. */
  specHash: string | undefined;
}

/** The newest rollout, if it did not succeed. */
export interface FailedRollout extends Pick<ObservedRollout, 'revision' | 'specHash'> {
  arn: string | undefined;
  status: ServiceDeploymentStatus | undefined;
  reason: string | undefined;
}

/** Everything that ECS reports about a tenant. */
export interface Observation extends TenantService {
  /** The primary deployment, then those that it replaces, newest first. */
  rollouts: readonly ObservedRollout[];
  failed: FailedRollout | undefined;
  running: readonly Task[];
  stopped: readonly Task[];
  /** How far the newest deployment is, if it shifts requests between two versions. */
  shift: ShiftState | undefined;
  /** On the gateway of the settings. */
  route: Route | undefined;
  /** The listener of the settings, where the service has a target group on it. */
  listener: Listener | undefined;
}

const UNANSWERED = 'the new version was not approved in time';
/** Matches a `ServiceDeploymentStatus` of a rollout that was stopped or rolled back, completely or not yet. */
const UNSUCCESSFUL = /^(?:ROLLBACK|STOP)/;

/** Reads the deployments and tasks of a service. Reads stopped tasks only if something did not go well. */
export async function observe(context: ProviderContext, found: TenantService): Promise<Observation> {
  const described = await describeRollouts(context, found);
  const newest = await newestRollout(context, found);
  const rollouts = withRolloutStates(described, newest);
  const shift = await readShift(context, found.service, newest);
  const [failed, running, route, listener] = await Promise.all([
    findFailure(context, found, { rollouts, newest, shift }),
    listTasks(context, found, 'RUNNING'),
    readRoute(context, found.service.serviceArn),
    readHostListener(context, found.service),
  ]);
  const isSettled = rollouts.length === 1 && rollouts[0]?.deployment.rolloutState === 'COMPLETED' && !failed;
  const isComplete = (found.service.runningCount ?? 0) >= (found.service.desiredCount ?? 0);
  const stopped = isSettled && isComplete ? [] : await listTasks(context, found, 'STOPPED');
  return { ...found, rollouts, failed, running, stopped, shift, route, listener };
}

/** Returns the deployments of a service, the primary one first. */
export async function describeRollouts(context: ProviderContext, found: TenantService): Promise<ObservedRollout[]> {
  const deployments = (found.service.deployments ?? []).toSorted(
    (a, b) =>
      Number(b.status === 'PRIMARY') - Number(a.status === 'PRIMARY') || timeOf(b.createdAt) - timeOf(a.createdAt),
  );
  const arns = [...new Set(deployments.flatMap(({ taskDefinition }) => taskDefinition ?? []))];
  const described = await Promise.all(arns.map((arn) => findRevision(context, arn)));
  const revisions = new Map(described.flatMap((revision) => (revision ? [[revision.arn, revision]] : [])));
  return deployments.map((deployment) => {
    const revision = revisions.get(deployment.taskDefinition ?? '');
    return { deployment, revision, specHash: specHashOf(found, revision) };
  });
}

/**
 * A task definition that Berth made for this tenant has the hash in its own tags. A given one is shared, so the hash is in
 * the tags of the service: for the task definition that was requested last, and for the one before.
 */
function specHashOf({ tags }: TenantService, revision: Revision | undefined): string | undefined {
  if (!revision) return undefined;
  if (revision.own && revision.tags[TENANT_LABEL] === tags[TENANT_LABEL]) return revision.tags[SPEC_HASH_TAG];
  return requestedHash(tags[REQUESTED_TAG], revision.arn) ?? requestedHash(tags[BEFORE_TAG], revision.arn);
}

/**
 * Finds the newest rollout, if it failed. The failed deployment itself vanishes from the service; ECS keeps the history of
 * service deployments for 90 days.
 */
async function findFailure(
  context: ProviderContext,
  found: TenantService,
  { rollouts, newest, shift }: Pick<Observation, 'rollouts' | 'shift'> & { newest: ServiceDeploymentBrief | undefined },
): Promise<FailedRollout | undefined> {
  if (!newest?.status || !UNSUCCESSFUL.test(newest.status)) return undefined;
  const { targetServiceRevisionArn: target, status, statusReason } = newest;
  const reason = shift?.isExpired ? `${UNANSWERED} (${statusReason})` : statusReason;
  const output = target && (await context.send('DescribeServiceRevisions', { serviceRevisionArns: [target] }));
  const arn = output ? output.serviceRevisions?.[0]?.taskDefinition : undefined;
  const known = rollouts.find(({ deployment }) => deployment.taskDefinition === arn)?.revision;
  const revision = known ?? (arn ? await findRevision(context, arn) : undefined);
  return { arn, status, reason, revision, specHash: specHashOf(found, revision) };
}

/** Returns the newest entry of the history of a service, if it is not older than 90 days. */
export async function newestRollout(
  { send, settings }: ProviderContext,
  { service }: Pick<TenantService, 'service'>,
): Promise<ServiceDeploymentBrief | undefined> {
  const oldest = Math.min(...(service.deployments ?? []).map(({ createdAt }) => timeOf(createdAt)));
  const since = Number.isFinite(oldest) && oldest > 0 ? { createdAt: { after: new Date(oldest - 1000) } } : {};
  const input = { cluster: settings.cluster_arn, service: service.serviceArn, maxResults: 100, ...since };
  const history: ServiceDeploymentBrief[] = [];
  for await (const { serviceDeployments = [] } of pages(send, 'ListServiceDeployments', input)) {
    history.push(...serviceDeployments);
  }
  return history.toSorted((a, b) => timeOf(b.createdAt) - timeOf(a.createdAt))[0];
}

/**
 * Completes the states of deployments. ECS documents `rolloutState` for rolling deployments only; for others the history
 * tells how the primary deployment is. Of older ones, the oldest with tasks is what served before.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
 */
function withRolloutStates(
  rollouts: readonly ObservedRollout[],
  newest: ServiceDeploymentBrief | undefined,
): ObservedRollout[] {
  const serving = rollouts.slice(1).findLast(({ deployment }) => (deployment.runningCount ?? 0) > 0);
  return rollouts.map((rollout) => {
    if (rollout.deployment.rolloutState !== undefined) return rollout;
    const rolloutState =
      rollout === rollouts[0] ? stateOfPrimary(newest) : rollout === serving ? 'COMPLETED' : undefined;
    return { ...rollout, deployment: { ...rollout.deployment, rolloutState } };
  });
}

function stateOfPrimary(newest: ServiceDeploymentBrief | undefined): DeploymentRolloutState {
  const { status } = newest ?? {};
  if (status === undefined || status === 'SUCCESSFUL' || status === 'ROLLBACK_SUCCESSFUL') return 'COMPLETED';
  return status === 'STOPPED' || status === 'ROLLBACK_FAILED' ? 'FAILED' : 'IN_PROGRESS';
}

/** Returns milliseconds since 1970, or 0. */
export function timeOf(date: Date | undefined): number {
  return date?.getTime() ?? 0;
}
