import type { ContainerDefinition, TaskDefinitionStatus } from '@aws-sdk/client-ecs';
import { TENANT_LABEL } from '../../../compute/labels.ts';
import { textOf } from '../api/aws-error.ts';
import type { Definition } from '../mapping.ts';
import { chunks, expectPart, type ProviderContext, pages } from '../provider-context.ts';
import { CONTENT_HASH_TAG, fromTags, isOwnDefinition, type TagMap } from '../tags.ts';

/** A revision of a family, as far as it concerns Berth. */
export interface Revision {
  arn: string;
  tags: TagMap;
  /** Whether Berth made it, for a tenant of this provider. */
  own: boolean;
  containers: readonly ContainerDefinition[];
}

/** How many revisions are looked through for one of the same content: more are never kept. */
const LOOK_BACK = 25;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html */
const DELETED_AT_ONCE = 10;

/** A revision by its ARN; the newest active one of a family by its name. Nothing where there is none. */
export async function findRevision(session: ProviderContext, taskDefinition: string): Promise<Revision | undefined> {
  try {
    const answer = await session.send('DescribeTaskDefinition', { taskDefinition, include: ['TAGS'] });
    const { taskDefinitionArn, containerDefinitions = [] } = answer.taskDefinition ?? {};
    const tags = fromTags(answer.tags);
    const own = isOwnDefinition(tags, session.provider, session.config);
    return { arn: expectPart(taskDefinitionArn, 'the task definition'), tags, own, containers: containerDefinitions };
  } catch (error) {
    if (/unable to describe task definition/i.test(textOf(error))) return undefined;
    throw error;
  }
}

/**
 * A revision with this content: one that is there, or else a new one. ECS allows about one registration a second for an
 * account, so that one is worth some reading.
 */
export async function ensureRevision(
  session: ProviderContext,
  { input, contentHash }: Definition,
): Promise<{ arn: string; isNew: boolean }> {
  const tenantId = fromTags(input.tags)[TENANT_LABEL];
  let seen = 0;
  for await (const arn of revisions(session, input.family ?? '', 'ACTIVE')) {
    const revision = await findRevision(session, arn);
    const isTenants = revision?.own && revision.tags[TENANT_LABEL] === tenantId;
    if (isTenants && revision.tags[CONTENT_HASH_TAG] === contentHash) return { arn, isNew: false };
    seen += 1;
    if (seen === LOOK_BACK) break;
  }
  const { taskDefinition } = await session.send('RegisterTaskDefinition', input);
  return { arn: expectPart(taskDefinition?.taskDefinitionArn, 'the task definition'), isNew: true };
}

/** A revision of Berth's in a family, also one that an interrupted removal has ended and not deleted. */
export async function findOwnRevision(session: ProviderContext, family: string): Promise<Revision | undefined> {
  for (const status of ['ACTIVE', 'INACTIVE'] as const) {
    for await (const arn of revisions(session, family, status)) {
      const revision = await findRevision(session, arn);
      if (revision?.own) return revision;
    }
  }
  return undefined;
}

/** Removes the revisions of a family that are of no use any more: all of Berth's but the newest few and those in use. */
export async function pruneRevisions(
  session: ProviderContext,
  family: string,
  inUse: ReadonlySet<string>,
): Promise<void> {
  const candidates: string[] = [];
  let kept = 0;
  for await (const arn of revisions(session, family, 'ACTIVE')) {
    if (inUse.has(arn)) continue;
    if (kept < session.config.revisions_kept) kept += 1;
    else candidates.push(arn);
  }
  await removeRevisions(session, await onlyOwn(session, candidates));
}

/** Removes every revision of a family that is Berth's, also those that an earlier removal left halfway. */
export async function removeFamily(session: ProviderContext, family: string): Promise<void> {
  const active = await onlyOwn(session, await collect(revisions(session, family, 'ACTIVE')));
  await removeRevisions(session, active);
  const inactive = await collect(revisions(session, family, 'INACTIVE'));
  const left = inactive.filter((arn) => !active.includes(arn));
  await deleteRevisions(session, await onlyOwn(session, left));
}

/** Ends revisions and deletes them: env values stand in them. What still runs with one is not disturbed. */
export async function removeRevisions(session: ProviderContext, arns: readonly string[]): Promise<void> {
  for (const taskDefinition of arns) await session.send('DeregisterTaskDefinition', { taskDefinition });
  await deleteRevisions(session, arns);
}

async function deleteRevisions(session: ProviderContext, arns: readonly string[]): Promise<void> {
  for (const taskDefinitions of chunks(arns, DELETED_AT_ONCE)) {
    const { failures = [] } = await session.send('DeleteTaskDefinitions', { taskDefinitions });
    for (const { arn, reason } of failures) {
      session.logger.warn('task definition not deleted', { provider: session.provider, arn, reason });
    }
  }
}

/** Newest first. */
async function* revisions(
  session: ProviderContext,
  family: string,
  status: TaskDefinitionStatus,
): AsyncGenerator<string> {
  const input = { familyPrefix: family, status, sort: 'DESC', maxResults: 100 } as const;
  for await (const { taskDefinitionArns = [] } of pages(session.send, 'ListTaskDefinitions', input)) {
    yield* taskDefinitionArns;
  }
}

async function onlyOwn(session: ProviderContext, arns: readonly string[]): Promise<string[]> {
  const own: string[] = [];
  for (const arn of arns) if ((await findRevision(session, arn))?.own) own.push(arn);
  return own;
}

async function collect(items: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const item of items) all.push(item);
  return all;
}
