import { isShort, reconcile } from './rollout.ts';
import { takeStep } from './task-life.ts';
import type { World } from './world.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-details.html: ended tasks are shown for an hour. */
const SHOWN_FOR = 3_600_000;

/** Lets everything happen that is due by now, in its order. Called before each request is answered. */
export function advance(world: World): void {
  const until = world.now();
  for (;;) {
    const task = earliest(world.tasks, ({ next }) => next?.at);
    const service = earliest(world.services, (record) => (isShort(world, record) ? record.retryAt : undefined));
    const taskAt = task?.next?.at ?? Number.POSITIVE_INFINITY;
    const serviceAt = service?.retryAt ?? Number.POSITIVE_INFINITY;
    if (Math.min(taskAt, serviceAt) > until) break;
    world.at = Math.max(world.at, Math.min(taskAt, serviceAt));
    if (task && taskAt <= serviceAt) {
      takeStep(world, task);
      const owner = world.services.findLast(({ service: { serviceArn } }) => serviceArn === task.service);
      if (owner) reconcile(world, owner, task);
    } else if (service) {
      reconcile(world, service);
    }
  }
  world.at = Math.max(world.at, until);
  world.tasks = world.tasks.filter(({ task }) => !task.stoppedAt || until - task.stoppedAt.getTime() < SHOWN_FOR);
}

function earliest<T>(items: readonly T[], at: (item: T) => number | undefined): T | undefined {
  let found: T | undefined;
  for (const item of items) {
    const time = at(item);
    if (time !== undefined && (found === undefined || time < (at(found) ?? Number.POSITIVE_INFINITY))) found = item;
  }
  return found;
}
