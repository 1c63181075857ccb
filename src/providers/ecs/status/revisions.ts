import type { ContainerDefinition, TaskDefinitionStatus } from '@aws-sdk/client-ecs';
import { textOf } from '../api/aws-error.ts';
import { pages, required } from '../api/responses.ts';
import type { ProviderContext } from '../provider-context.ts';
import { fromTags, isOwnDefinition, type TagMap } from '../tags.ts';

/** A revision of a task definition family, as far as Berth uses it. */
export interface Revision {
  arn: string;
  tags: TagMap;
  /** True if this provider made it, for any tenant. */
  own: boolean;
  containers: readonly ContainerDefinition[];
  /** Ids of the file systems that its volumes are on. */
  fileSystems: readonly string[];
}

/** Finds a revision by its ARN, or the newest active one by the name of the family. Returns undefined if there is none. */
export async function findRevision(context: ProviderContext, taskDefinition: string): Promise<Revision | undefined> {
  try {
    const output = await context.send('DescribeTaskDefinition', { taskDefinition, include: ['TAGS'] });
    const { taskDefinitionArn, containerDefinitions: containers = [], volumes = [] } = output.taskDefinition ?? {};
    const tags = fromTags(output.tags);
    const own = isOwnDefinition(tags, context);
    const fileSystems = volumes.flatMap(({ efsVolumeConfiguration: efs }) => efs?.fileSystemId ?? []);
    return { arn: required(taskDefinitionArn, 'the task definition'), tags, own, containers, fileSystems };
  } catch (error) {
    if (/unable to describe task definition/i.test(textOf(error))) return undefined;
    throw error;
  }
}

/** Yields the ARNs of a family's revisions, newest first. */
export async function* listRevisions(
  { send }: ProviderContext,
  family: string,
  status: TaskDefinitionStatus,
): AsyncGenerator<string> {
  const input = { familyPrefix: family, status, sort: 'DESC', maxResults: 100 } as const;
  for await (const { taskDefinitionArns = [] } of pages(send, 'ListTaskDefinitions', input)) yield* taskDefinitionArns;
}

/** Finds any revision of this provider in a family, including one that an interrupted removal deregistered only. */
export async function findOwnRevision(context: ProviderContext, family: string): Promise<Revision | undefined> {
  for (const status of ['ACTIVE', 'INACTIVE'] as const) {
    for await (const arn of listRevisions(context, family, status)) {
      const revision = await findRevision(context, arn);
      if (revision?.own) return revision;
    }
  }
  return undefined;
}
