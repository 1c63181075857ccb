import type * as sdk from '@aws-sdk/client-ecs';
import { clientError, invalidParameter } from './ecs-error.ts';
import { arn, type DefinitionRecord, date, type EcsState, findDefinition, toTagList, toTagMap } from './ecs-state.ts';
import { page } from './paging.ts';
import { validateDefinition } from './validate-definition.ts';

export const definitionOperations = {
  RegisterTaskDefinition(state: EcsState, input: sdk.RegisterTaskDefinitionRequest) {
    validateDefinition(state, input);
    const { tags, family = '', ...rest } = input;
    const revisions = state.families.get(family) ?? [];
    const revision = (revisions.at(-1)?.definition.revision ?? 0) + 1;
    const record: DefinitionRecord = {
      definition: {
        ...rest,
        family,
        revision,
        status: 'ACTIVE',
        taskDefinitionArn: arn(state, `task-definition/${family}:${revision}`),
        registeredAt: date(state.at),
        compatibilities: rest.requiresCompatibilities,
      },
      tags: toTagMap(tags),
    };
    state.families.set(family, [...revisions, record]);
    return { taskDefinition: record.definition, tags: toTagList(record.tags) };
  },

  DescribeTaskDefinition(state: EcsState, { taskDefinition = '', include = [] }: sdk.DescribeTaskDefinitionRequest) {
    const record = resolve(state, taskDefinition);
    if (!record) throw clientError('Unable to describe task definition.');
    return { taskDefinition: record.definition, tags: include.includes('TAGS') ? toTagList(record.tags) : [] };
  },

  ListTaskDefinitions(state: EcsState, input: sdk.ListTaskDefinitionsRequest) {
    const { familyPrefix, status = 'ACTIVE', sort = 'ASC' } = input;
    const families: (readonly [string, DefinitionRecord[]])[] =
      familyPrefix === undefined
        ? [...state.families.entries()]
        : [[familyPrefix, state.families.get(familyPrefix) ?? []]];
    const revisions = families
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, all]) => all.map(({ definition }) => definition))
      .filter((definition) => definition.status === status && !state.purged.has(definition.taskDefinitionArn))
      .map(({ taskDefinitionArn }) => taskDefinitionArn);
    const ordered = sort === 'DESC' ? revisions.toReversed() : revisions;
    const { items, nextToken } = page(ordered, input, { standard: 100, keyOf: String });
    return { taskDefinitionArns: items, nextToken };
  },

  ListTaskDefinitionFamilies(state: EcsState, input: sdk.ListTaskDefinitionFamiliesRequest) {
    const { familyPrefix = '', status = 'ALL' } = input;
    const isActive = (all: DefinitionRecord[]) => all.some(({ definition }) => definition.status === 'ACTIVE');
    const families = [...state.families.entries()]
      .filter(
        ([family, all]) =>
          family.startsWith(familyPrefix) &&
          all.some((record) => !isPurged(state, record)) &&
          (status === 'ALL' || isActive(all) === (status === 'ACTIVE')),
      )
      .map(([family]) => family)
      .toSorted();
    const { items, nextToken } = page(families, input, { standard: 100, keyOf: String });
    return { families: items, nextToken };
  },

  DeregisterTaskDefinition(state: EcsState, { taskDefinition = '' }: sdk.DeregisterTaskDefinitionRequest) {
    if (!/:[0-9]+$/.test(taskDefinition)) throw clientError('Missing revision.');
    const record = resolve(state, taskDefinition);
    if (!record)
      throw clientError(
        'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
      );
    if (record.definition.status === 'ACTIVE') {
      record.definition.status = 'INACTIVE';
      record.definition.deregisteredAt = date(state.at);
    }
    return { taskDefinition: record.definition };
  },

  DeleteTaskDefinitions(state: EcsState, { taskDefinitions = [] }: sdk.DeleteTaskDefinitionsRequest) {
    if (taskDefinitions.length === 0 || taskDefinitions.length > 10) {
      throw invalidParameter('You can specify up to 10 task definitions.');
    }
    const found = taskDefinitions.map((name) => ({ name, record: resolve(state, name) }));
    const deleted = found.flatMap(({ record }) => (record && record.definition.status !== 'ACTIVE' ? [record] : []));
    for (const { definition } of deleted) {
      definition.status = 'DELETE_IN_PROGRESS';
      definition.deleteRequestedAt = date(state.at);
      state.deleting.add(definition.taskDefinitionArn);
    }
    const failures = found.flatMap(({ name, record }) => {
      if (!record) return [{ arn: name, reason: 'The specified task definition does not exist.' }];
      if (deleted.includes(record)) return [];
      const reason =
        'The specified task definition is still in ACTIVE status. Please deregister the target and try again.';
      return [{ arn: name, reason }];
    });
    return { taskDefinitions: deleted.map(({ definition }) => definition), failures };
  },
};

/** Completes deletions of revisions that no task and no service refers to. Their numbers are not reused. */
export function purgeDefinitions(state: EcsState): void {
  if (state.deleting.size === 0) return;
  const used = new Set<string>();
  for (const { task } of state.tasks) if (task.lastStatus !== 'STOPPED') used.add(task.taskDefinitionArn);
  for (const { deployments } of state.services.values()) {
    for (const { deployment } of deployments) used.add(deployment.taskDefinition);
  }
  for (const arn of state.deleting) {
    if (used.has(arn)) continue;
    state.deleting.delete(arn);
    state.purged.add(arn);
  }
}

/** Finds a revision by its ARN, by `family:revision`, or as the newest active one of a family. */
function resolve(state: EcsState, name: string): DefinitionRecord | undefined {
  const short = name.startsWith('arn:') ? (name.split('/').at(-1) ?? '') : name;
  if (short.includes(':')) {
    const found = findDefinition(state, arn(state, `task-definition/${short}`));
    return found && isPurged(state, found) ? undefined : found;
  }
  return state.families.get(short)?.findLast(({ definition }) => definition.status === 'ACTIVE');
}

function isPurged(state: EcsState, { definition }: DefinitionRecord): boolean {
  return state.purged.has(definition.taskDefinitionArn);
}
