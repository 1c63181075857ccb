import type * as sdk from '@aws-sdk/client-ecs';
import { clientError, EcsError, invalidParameter } from './ecs-error.ts';
import { arn, type EcsState, findDefinition, toTagList, toTagMap } from './ecs-state.ts';
import { page } from './paging.ts';
import { clusterOf, findService } from './service-operations.ts';
import { validateTags } from './validate-definition.ts';

export const readOperations = {
  ListTasks(state: EcsState, input: sdk.ListTasksRequest) {
    const cluster = clusterOf(state, input.cluster);
    const { serviceName, desiredStatus = 'RUNNING' } = input;
    const service = serviceName === undefined ? undefined : findService(state, cluster, serviceName);
    if (serviceName !== undefined && !service) throw new EcsError('ServiceNotFoundException', 'Service not found.');
    const candidates = service ? state.tasks.of(service.service.serviceArn) : [...state.tasks];
    const arns = candidates
      .filter((record) => record.cluster === cluster && record.task.desiredStatus === desiredStatus)
      .map(({ task }) => task.taskArn);
    const { items, nextToken } = page(arns, input, { standard: 100, keyOf: String });
    return { taskArns: items, nextToken };
  },

  DescribeTasks(state: EcsState, { cluster: clusterName, tasks = [], include = [] }: sdk.DescribeTasksRequest) {
    const cluster = clusterOf(state, clusterName);
    if (tasks.length === 0) throw invalidParameter('Tasks cannot be empty.');
    if (tasks.length > 100) throw invalidParameter('Tasks cannot have more than 100 elements.');
    const found = tasks.map((name) => ({
      name,
      record: state.tasks.get(arn(state, `task/${cluster}/${name.split('/').at(-1)}`)),
    }));
    return {
      tasks: found.flatMap(({ record }) => {
        if (!record) return [];
        const { tags, ...task } = record.task;
        return [include.includes('TAGS') ? { ...task, tags } : task];
      }),
      failures: found.flatMap(({ name, record }) => (record ? [] : [{ arn: name, reason: 'MISSING' }])),
    };
  },

  ListServiceDeployments(state: EcsState, input: sdk.ListServiceDeploymentsRequest) {
    const cluster = clusterOf(state, input.cluster);
    const record = findService(state, cluster, input.service);
    if (!record || record.service.status === 'INACTIVE')
      throw new EcsError('ServiceNotFoundException', 'Service not found.');
    const { after, before } = input.createdAt ?? {};
    const isWithin = (at: Date | undefined) =>
      (!after || (at?.getTime() ?? 0) > toTime(after)) && (!before || (at?.getTime() ?? 0) < toTime(before));
    const all = record.history.filter(
      ({ createdAt, status }) => isWithin(createdAt) && (!input.status || (status && input.status.includes(status))),
    );
    const { items, nextToken } = page(all, input, {
      standard: 20,
      keyOf: ({ serviceDeploymentArn = '' }) => serviceDeploymentArn,
    });
    return { serviceDeployments: items, nextToken };
  },

  DescribeServiceRevisions(state: EcsState, { serviceRevisionArns = [] }: sdk.DescribeServiceRevisionsRequest) {
    if (serviceRevisionArns.length === 0 || serviceRevisionArns.length > 20) {
      throw invalidParameter('You can specify a maximum of 20 ARNs.');
    }
    const found = serviceRevisionArns.map((name) => ({ name, revision: state.revisions.get(name) }));
    return {
      serviceRevisions: found.flatMap(({ revision }) => revision ?? []),
      failures: found.flatMap(({ name, revision }) => (revision ? [] : [{ arn: name, reason: 'MISSING' }])),
    };
  },

  DescribeClusters(state: EcsState, { clusters = ['default'] }: sdk.DescribeClustersRequest) {
    const named = clusters.map((name) => ({ name, short: name.split('/').at(-1) ?? '' }));
    return {
      clusters: named
        .filter(({ short }) => state.clusters.has(short))
        .map(({ short }) => ({ clusterArn: arn(state, `cluster/${short}`), clusterName: short, status: 'ACTIVE' })),
      failures: named
        .filter(({ short }) => !state.clusters.has(short))
        .map(({ name }) => ({ arn: name, reason: 'MISSING' })),
    };
  },

  TagResource(state: EcsState, { resourceArn = '', tags = [] }: sdk.TagResourceRequest) {
    validateTags(tags);
    const target = tagsOf(state, resourceArn);
    const merged = new Map([...target, ...toTagMap(tags)]);
    validateTags(toTagList(merged));
    for (const [key, value] of merged) target.set(key, value);
    return {};
  },

  UntagResource(state: EcsState, { resourceArn = '', tagKeys = [] }: sdk.UntagResourceRequest) {
    const target = tagsOf(state, resourceArn);
    for (const key of tagKeys) target.delete(key);
    return {};
  },

  ListTagsForResource(state: EcsState, { resourceArn = '' }: sdk.ListTagsForResourceRequest) {
    return { tags: toTagList(tagsOf(state, resourceArn)) };
  },
};

/** Returns the mutable tags of a service or a task definition. */
function tagsOf(state: EcsState, resourceArn: string): Map<string, string> {
  const service = state.services.get(resourceArn);
  if (service && service.service.status !== 'ACTIVE') {
    throw invalidParameter('The specified resource is inactive. Specify an active resource and try again.');
  }
  const found = service?.tags ?? findDefinition(state, resourceArn)?.tags;
  if (!found) throw clientError('The specified resource was not found.');
  return found;
}

/** Times on the wire are numbers of seconds. */
function toTime(time: unknown): number {
  return time instanceof Date ? time.getTime() : Number(time) * 1000;
}
