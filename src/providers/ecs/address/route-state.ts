import type { Observation } from '../status/observe.ts';
import { readRecord } from '../tags.ts';
import { isRouteLost } from './gateway.ts';

/** What is left to do for the address of a tenant that runs. */
export interface RouteState {
  /** Its gateway is making the route. */
  awaited?: string;
  /** The next call makes the route again. */
  lost?: string;
  /** The route came to nothing. */
  failed?: string;
}

/**
 * Returns what is left to do for the route of a service that Berth connected to the gateway of the settings. A gateway makes
 * and loses routes by itself, independently of the rollouts of a service.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/gateway-troubleshooting.html
 */
export function routeStateOf({ tags, route }: Pick<Observation, 'tags' | 'route'>, hasGateway: boolean): RouteState {
  if (!hasGateway || !readRecord(tags)?.fields.has('gateway')) return {};
  if (route?.status === 'CREATE_FAILED') {
    const why = 'aws ecs describe-gateway shows the failures of its gateway';
    return { failed: `the gateway could not make the route ${route.arn}: ${why}` };
  }
  if (isRouteLost(route)) return { lost: 'the route of the gateway' };
  return route?.status === 'CREATE_IN_PROGRESS' ? { awaited: 'the gateway makes the route of the tenant' } : {};
}
