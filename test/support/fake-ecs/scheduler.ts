import { isShort, reconcile } from './rollout.ts';
import { takeStep } from './task-life.ts';
import type { Due, World } from './world.ts';

/** Lets everything happen that is due by now, in its order. Called before each request is answered. */
export function advance(world: World): void {
  const until = world.now();
  const { agenda } = world;
  for (let due = agenda.peek(); due && due.at <= until; due = agenda.peek()) {
    agenda.pop();
    if (!isStillDue(world, due)) continue;
    world.at = Math.max(world.at, due.at);
    if ('service' in due) {
      reconcile(world, due.service);
    } else if (due.step === 'forget') {
      world.tasks.remove(due.task);
    } else {
      takeStep(world, due.task);
      const owner = world.services.get(due.task.service);
      if (owner) reconcile(world, owner, due.task);
    }
  }
  world.at = Math.max(world.at, until);
}

/** What was put off, or came to nothing, stays on the agenda and is left out when it is its turn. */
function isStillDue(world: World, due: Due): boolean {
  if ('service' in due) return due.at === due.service.retryAt && isShort(world, due.service);
  const { task, step, at } = due;
  return task.next?.step === step && task.next.at === at && world.tasks.get(task.task.taskArn) === task;
}
