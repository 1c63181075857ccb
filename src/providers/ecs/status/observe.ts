import type { Deployment, Service, ServiceDeploymentBrief, ServiceDeploymentStatus, Task } from '@aws-sdk/client-ecs';
import { TENANT_LABEL } from '../../../compute/labels.ts';
import { hashJson } from '../../../compute/spec/json.ts';
import { nameOf } from '../api/aws-error.ts';
import { type ProviderContext, pages } from '../provider-context.ts';
import { findRevision, type Revision } from '../rollout/task-definitions.ts';
import { BEFORE_TAG, fromTags, isTenantService, REQUESTED_TAG, SPEC_HASH_TAG, type TagMap } from '../tags.ts';

/** A tenant's service with its tags. */
export interface TenantService {
  service: Service;
  tags: TagMap;
  /** Whether it carries Berth's tags, of this provider and this tenant. */
  own: boolean;
}

/** A deployment, and what is known of the task definition it runs. */
export interface ObservedRollout {
  deployment: Deployment;
  revision: Revision | undefined;
  /** `specHash` of what it runs, where that can be told. */
  specHash: string | undefined;
}

/** The last rollout that did not succeed, where nothing came after it. */
export interface FailedRollout extends Pick<ObservedRollout, 'revision' | 'specHash'> {
  arn: string | undefined;
  status: ServiceDeploymentStatus | undefined;
  reason: string | undefined;
}

/** All that ECS says of a tenant. */
export interface Observation extends TenantService {
  /** The newest first: the primary one, and those it replaces. */
  rollouts: readonly ObservedRollout[];
  failed: FailedRollout | undefined;
  running: readonly Task[];
  stopped: readonly Task[];
}

const UNSUCCESSFUL: ReadonlySet<ServiceDeploymentStatus> = new Set([
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
  'ROLLBACK_SUCCESSFUL',
  'ROLLBACK_FAILED',
  'STOP_REQUESTED',
  'STOPPED',
]);

/** The service of a name. Nothing where there is none, or none any more (INACTIVE). */
export async function findService(
  session: ProviderContext,
  name: string,
  tenantId: string,
): Promise<TenantService | undefined> {
  const found = await describeService(session, name);
  if (!found || found.status === 'INACTIVE') return undefined;
  const tags = fromTags(found.tags);
  return { service: found, tags, own: isTenantService(tags, session.provider, tenantId) };
}

/** What ECS remembers under a name, also of a service that is gone. */
export async function describeService(session: ProviderContext, name: string): Promise<Service | undefined> {
  const { cluster_arn } = session.config;
  const { services = [] } = await session.send('DescribeServices', {
    cluster: cluster_arn,
    services: [name],
    include: ['TAGS'],
  });
  return services[0];
}

/** Looks at everything of a service that was found. */
export async function observe(session: ProviderContext, found: TenantService): Promise<Observation> {
  const rollouts = await describeRollouts(session, found);
  const [failed, running] = await Promise.all([
    findFailure(session, found, rollouts),
    listTasks(session, found, 'RUNNING'),
  ]);
  const isSettled = rollouts.length === 1 && rollouts[0]?.deployment.rolloutState === 'COMPLETED' && !failed;
  const isComplete = (found.service.runningCount ?? 0) >= (found.service.desiredCount ?? 0);
  const stopped = isSettled && isComplete ? [] : await listTasks(session, found, 'STOPPED');
  return { ...found, rollouts, failed, running, stopped };
}

/** The deployments of a service, the primary one first. */
export async function describeRollouts(session: ProviderContext, found: TenantService): Promise<ObservedRollout[]> {
  const deployments = (found.service.deployments ?? []).toSorted(
    (a, b) =>
      Number(b.status === 'PRIMARY') - Number(a.status === 'PRIMARY') || timeOf(b.createdAt) - timeOf(a.createdAt),
  );
  const arns = [...new Set(deployments.flatMap(({ taskDefinition }) => taskDefinition ?? []))];
  const described = await Promise.all(arns.map((arn) => findRevision(session, arn)));
  const revisions = new Map(described.flatMap((revision) => (revision ? [[revision.arn, revision]] : [])));
  return deployments.map((deployment) => {
    const revision = revisions.get(deployment.taskDefinition ?? '');
    return { deployment, revision, specHash: specHashOf(found, revision) };
  });
}

/** From the task definition itself, where Berth made it for this tenant; else from what the service was asked to run. */
function specHashOf({ tags }: TenantService, revision: Revision | undefined): string | undefined {
  if (!revision) return undefined;
  if (revision.own && revision.tags[TENANT_LABEL] === tags[TENANT_LABEL]) return revision.tags[SPEC_HASH_TAG];
  const key = definitionKey(revision.arn);
  const requests = [tags[REQUESTED_TAG], tags[BEFORE_TAG]].map((tag) => tag?.split('@') ?? []);
  return requests.find(([, definition]) => definition === key)?.[0];
}

/** The value of `REQUESTED_TAG`: which specification was asked for with which task definition. */
export function requestedValue(specHash: string, definitionArn: string): string {
  return `${specHash}@${definitionKey(definitionArn)}`;
}

/** The name of a revision as it fits into a tag. */
function definitionKey(arn: string): string {
  return hashJson(arn).slice(0, 16);
}

/** The newest rollout, if it failed. ECS keeps the history of rollouts for 90 days; the deployment itself goes away. */
async function findFailure(
  session: ProviderContext,
  found: TenantService,
  rollouts: readonly ObservedRollout[],
): Promise<FailedRollout | undefined> {
  const newest = await newestRollout(session, found, rollouts);
  if (!newest?.status || !UNSUCCESSFUL.has(newest.status)) return undefined;
  const { targetServiceRevisionArn: target, status, statusReason: reason } = newest;
  const answer = target && (await session.send('DescribeServiceRevisions', { serviceRevisionArns: [target] }));
  const arn = answer ? answer.serviceRevisions?.[0]?.taskDefinition : undefined;
  const known = rollouts.find(({ deployment }) => deployment.taskDefinition === arn)?.revision;
  const revision = known ?? (arn ? await findRevision(session, arn) : undefined);
  return { arn, status, reason, revision, specHash: specHashOf(found, revision) };
}

async function newestRollout(
  session: ProviderContext,
  { service }: TenantService,
  rollouts: readonly ObservedRollout[],
): Promise<ServiceDeploymentBrief | undefined> {
  const oldest = Math.min(...rollouts.map(({ deployment }) => timeOf(deployment.createdAt)));
  const since = Number.isFinite(oldest) && oldest > 0 ? { createdAt: { after: new Date(oldest - 1000) } } : {};
  const input = { cluster: session.config.cluster_arn, service: service.serviceArn, maxResults: 100, ...since };
  const all: ServiceDeploymentBrief[] = [];
  for await (const { serviceDeployments = [] } of pages(session.send, 'ListServiceDeployments', input)) {
    all.push(...serviceDeployments);
  }
  return all.toSorted((a, b) => timeOf(b.createdAt) - timeOf(a.createdAt))[0];
}

/** The tasks of a service that are to run, or those that ended: ECS shows these for about an hour. */
export async function listTasks(
  session: ProviderContext,
  { service }: TenantService,
  desiredStatus: 'RUNNING' | 'STOPPED',
): Promise<Task[]> {
  const { cluster_arn: cluster } = session.config;
  try {
    const serviceName = service.serviceName;
    const { taskArns = [] } = await session.send('ListTasks', { cluster, serviceName, desiredStatus });
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await session.send('DescribeTasks', { cluster, tasks: taskArns });
    return tasks;
  } catch (error) {
    if (nameOf(error) === 'ServiceNotFoundException') return []; // it went away since it was described
    throw error;
  }
}

function timeOf(date: Date | undefined): number {
  return date?.getTime() ?? 0;
}
