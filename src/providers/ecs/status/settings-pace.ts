import type { Service } from '@aws-sdk/client-ecs';
import { fromTags, requestedSpec } from '../tags.ts';
import { settingsToApply } from './applied-settings.ts';
import { timeOf } from './observe.ts';
import { isSettled } from './service.ts';

/** A twentieth of all tenants, and at least five. */
const SHARE = 20;
const LEAST = 5;

/*
 * The pace at which changed settings reach tenants
 *
 * A change of the operator's settings would replace the tasks of every tenant at once, and a wrong setting would break all
 * of them. So a list tells only of a few tenants that the settings are not applied to them. The inventory brings those
 * over, and the next list tells of the next few.
 *
 * Nothing is stored for this: each list counts again. What counts is a tenant that the list tells of, one whose rollout
 * with these settings is in progress, and one that ECS rolled back from them. So settings with which no tenant starts, or
 * which ECS refuses, stop after a twentieth of the tenants.
 */
export class SettingsPace {
  readonly #digest: string;
  #left: number;

  /** `tenants` is the number of all tenants of the provider. */
  constructor(tenants: number, digest: string) {
    this.#digest = digest;
    this.#left = Math.max(LEAST, Math.ceil(tenants / SHARE));
  }

  /**
   * Returns true if the settings have to be applied to a service now. Call it once for each service, with the hash of the
   * specification that serves.
   */
  admits(service: Service, servingHash: string | undefined): boolean {
    const tags = fromTags(service.tags);
    const isDue = settingsToApply(tags, this.#digest) !== undefined;
    const isCounted = isDue || isInProgress(service) || isRolledBack(service, servingHash);
    if (isCounted) this.#left -= 1;
    return isDue && this.#left >= 0;
  }
}

function isInProgress({ deployments = [] }: Service): boolean {
  return deployments.length !== 1 || !isSettled(deployments[0]);
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html */
const ROLLED_BACK = /rolling back to deployment/i;

/**
 * Returns true if ECS rolled a service back to the version that serves, although that has the specification that was
 * requested: so the settings of the version before were at fault.
 */
function isRolledBack({ deployments = [], events = [], tags }: Service, servingHash: string | undefined): boolean {
  const since = timeOf(deployments[0]?.createdAt);
  const isBack = events.some(({ message = '', createdAt }) => ROLLED_BACK.test(message) && timeOf(createdAt) > since);
  return isBack && servingHash !== undefined && requestedSpec(fromTags(tags)) === servingHash;
}
