import { TENANT_LABEL } from '../../../compute/labels.ts';
import { chunks, required } from '../api/responses.ts';
import type { Definition } from '../mapping.ts';
import type { ProviderContext } from '../provider-context.ts';
import { findRevision, listRevisions } from '../status/revisions.ts';
import { CONTENT_HASH_TAG, fromTags } from '../tags.ts';

/** How many revisions are searched for equal content. More are never kept. */
const LOOK_BACK = 25;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html */
const MAX_DELETED = 10;

/**
 * Returns a revision with the given content: an existing one, or a new one. ECS allows an account about one registration a
 * second, so an existing one is worth several reads.
 */
export async function ensureRevision(
  context: ProviderContext,
  { input, contentHash }: Definition,
): Promise<{ arn: string; isNew: boolean }> {
  const tenantId = fromTags(input.tags)[TENANT_LABEL];
  let seen = 0;
  for await (const arn of listRevisions(context, input.family ?? '', 'ACTIVE')) {
    const { own, tags = {} } = (await findRevision(context, arn)) ?? {};
    const isEqual = own && tags[TENANT_LABEL] === tenantId && tags[CONTENT_HASH_TAG] === contentHash;
    if (isEqual) return { arn, isNew: false };
    seen += 1;
    if (seen === LOOK_BACK) break;
  }
  const { taskDefinition } = await context.send('RegisterTaskDefinition', input);
  return { arn: required(taskDefinition?.taskDefinitionArn, 'the task definition'), isNew: true };
}

/**
 * Removes all revisions of this provider in a family, except those in use and the newest few, and what an interrupted
 * removal deregistered only.
 */
export async function pruneRevisions(
  context: ProviderContext,
  family: string,
  inUse: ReadonlySet<string>,
): Promise<void> {
  const active = await Array.fromAsync(listRevisions(context, family, 'ACTIVE'));
  const unused = active.filter((arn) => !inUse.has(arn)).slice(context.settings.revisions_kept);
  await removeRevisions(context, await onlyOwn(context, unused));
  await deleteDeregistered(context, family, inUse);
}

/** Removes every revision of this provider in a family, including those that an interrupted removal deregistered only. */
export async function removeFamily(context: ProviderContext, family: string): Promise<void> {
  const active = await onlyOwn(context, await Array.fromAsync(listRevisions(context, family, 'ACTIVE')));
  await removeRevisions(context, active);
  await deleteDeregistered(context, family, new Set(active));
}

async function deleteDeregistered(
  context: ProviderContext,
  family: string,
  except: ReadonlySet<string>,
): Promise<void> {
  const inactive = await Array.fromAsync(listRevisions(context, family, 'INACTIVE'));
  const leftovers = inactive.filter((arn) => !except.has(arn));
  await deleteRevisions(context, await onlyOwn(context, leftovers));
}

/** Deregisters and deletes revisions, because they contain env values. Running tasks are not affected. */
export async function removeRevisions(context: ProviderContext, arns: readonly string[]): Promise<void> {
  for (const taskDefinition of arns) await context.send('DeregisterTaskDefinition', { taskDefinition });
  await deleteRevisions(context, arns);
}

async function deleteRevisions({ send, logger, provider }: ProviderContext, arns: readonly string[]): Promise<void> {
  for (const taskDefinitions of chunks(arns, MAX_DELETED)) {
    const { failures = [] } = await send('DeleteTaskDefinitions', { taskDefinitions });
    for (const { arn, reason } of failures) logger.warn('task definition not deleted', { provider, arn, reason });
  }
}

async function onlyOwn(context: ProviderContext, arns: readonly string[]): Promise<string[]> {
  const own: string[] = [];
  for (const arn of arns) if ((await findRevision(context, arn))?.own) own.push(arn);
  return own;
}
