import type { Service } from '@aws-sdk/client-ecs';
import { describe, expect, test } from 'vitest';
import { isCrashLooping, isWell } from '../../../../src/providers/ecs/status/glance.ts';
import { specOf } from '../ecs-subject.ts';
import { openEcs } from '../open-ecs.ts';

const NOW = Date.parse('2026-11-01T12:00:00Z');
const MINUTE = 60_000;

/** An event, that many minutes ago, in the words of ECS. */
function event(minutesAgo: number, message: string) {
  return { createdAt: new Date(NOW - minutesAgo * MINUTE), message: `(service berth-acme) ${message}` };
}

const started = (minutesAgo: number, count = 1) => event(minutesAgo, `has started ${count} tasks: (task 4d6).`);
const stopped = (minutesAgo: number, count = 1) => event(minutesAgo, `has stopped ${count} running tasks: (task 4d6).`);

const service: Service = {
  status: 'ACTIVE',
  deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }],
  desiredCount: 1,
  runningCount: 1,
  pendingCount: 0,
  events: [event(1, 'has reached a steady state.')],
};

describe('a service is', () => {
  test.each<[string, Partial<Service>, boolean]>([
    ['well in a steady state', {}, true],
    ['not well while a task is missing', { runningCount: 0 }, false],
    ['not well while a task starts', { pendingCount: 1 }, false],
    ['not well that was set to no tasks by hand', { desiredCount: 0, runningCount: 0 }, false],
    ['not well while it is removed', { status: 'DRAINING' }, false],
    ['not well in a rollout', { deployments: [{ rolloutState: 'IN_PROGRESS' }, { rolloutState: 'COMPLETED' }] }, false],
    ['not well in a crash loop, also while its task is up', { events: [1, 3, 5, 7].map((at) => started(at)) }, false],
  ])('%s', (_, change, expected) => {
    expect(isWell({ ...service, ...change }, NOW)).toBe(expected);
  });
});

describe('a crash loop is', () => {
  test.each<[string, Partial<Service>, boolean]>([
    ['none at the first start', { events: [started(1)] }, false],
    ['three tasks that ended by themselves', { events: [1, 3, 5, 7].map((at) => started(at)) }, true],
    ['none of two', { events: [1, 3, 5].map((at) => started(at)) }, false],
    ['none where they are longer ago', { events: [1, 11, 15, 17].map((at) => started(at)) }, false],
    ['none where an autoscaler added tasks', { desiredCount: 5, events: [started(1, 4)] }, false],
    [
      'none where a deployment replaced tasks',
      { desiredCount: 3, events: [started(2, 3), stopped(1, 3), started(9, 3), stopped(8, 3)] },
      false,
    ],
    [
      'none where tasks were stopped for their health',
      { events: [1, 2, 3, 4].flatMap((at) => [started(at), stopped(at)]) },
      false,
    ],
  ])('%s', (_, change, expected) => {
    expect(isCrashLooping({ ...service, ...change }, NOW)).toBe(expected);
  });
});

test('a glance at ten tenants is one call, and leaves out those that are not there', async () => {
  await using ecs = await openEcs();
  const ids = Array.from({ length: 9 }, (_, number) => `tenant-${number}`);
  for (const id of ids) await ecs.provider.provision(specOf({ tenantId: id }));
  await ecs.pass(10 * MINUTE);
  ecs.calls();
  const glances = await ecs.provider.glance([...ids, 'missing']);
  expect(ecs.calls()).toEqual(['DescribeServices']);
  expect(glances).toEqual(ids.map((tenant_id) => ({ tenant_id, is_well: true })));
  expect(ecs.provider.glanceLimit).toBe(10);
});
