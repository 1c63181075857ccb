import type { Due, EcsState } from './ecs-state.ts';
import { isShort, reconcile } from './rollout.ts';
import { takeStep } from './task-life.ts';

/** Processes all events that are due, in order. Called before each request. */
export function advance(state: EcsState): void {
  const until = state.now();
  const { agenda } = state;
  for (let due = agenda.peek(); due && due.at <= until; due = agenda.peek()) {
    agenda.pop();
    if (!isStillDue(state, due)) continue;
    state.at = Math.max(state.at, due.at);
    if ('service' in due) {
      reconcile(state, due.service);
    } else if (due.step === 'forget') {
      state.tasks.remove(due.task);
    } else {
      takeStep(state, due.task);
      const owner = state.services.get(due.task.service);
      if (owner) reconcile(state, owner, due.task);
    }
  }
  state.at = Math.max(state.at, until);
}

/** Events that were rescheduled or cancelled stay on the agenda, and are skipped here. */
function isStillDue(state: EcsState, due: Due): boolean {
  if ('service' in due && due.wakes) return true;
  if ('service' in due) return due.at === due.service.retryAt && isShort(state, due.service);
  const { task, step, at } = due;
  return task.next?.step === step && task.next.at === at && state.tasks.get(task.task.taskArn) === task;
}
