import type { ProviderContext } from '../provider-context.ts';
import type { Observation } from '../status/observe.ts';
import { deploymentDigest, restartMark, restartRun, stoppedRun } from '../status/run-state.ts';
import type { Plan } from './plan.ts';

/** A deployment that ECS has to begin, although the service may be as planned. */
export interface Forced {
  /** The number of tasks. Default: that of the plan. */
  desiredCount?: number | undefined;
  /** The mark of the restart, which is written before the deployment begins. */
  mark?: string | undefined;
}

/**
 * Returns the deployment that a plan has to force: the start of a stopped service, with the number of tasks that it had, or
 * a restart that has not begun yet. Returns undefined where there is neither.
 */
export function forcedBy({ restart }: ProviderContext, plan: Plan, observation: Observation): Forced | undefined {
  const { service, tags, rollouts } = observation;
  const primary = deploymentDigest(rollouts[0]?.deployment.id);
  const isRestarted = restart === undefined || hasBegun(restartRun(tags), restart, primary);
  const mark = restart === undefined || isRestarted ? undefined : restartMark({ id: restart, replaced: primary });
  const stopped = stoppedRun(service, tags);
  if (stopped) return { desiredCount: stopped.count ?? plan.service.desiredCount, mark };
  return mark === undefined ? undefined : { mark };
}

function hasBegun(last: ReturnType<typeof restartRun>, id: string, primary: string): boolean {
  return last?.id === id && last.replaced !== primary;
}
