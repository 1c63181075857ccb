import { routes } from '../../functions/routes.ts';
import { type ProviderSettings, providersWithEvents } from '../events/provider-events.ts';

/** Functions that no route leads to. */
export type BackgroundOperation =
  | 'unmatched-route'
  | 'on-sweep'
  | 'on-tenant-requested'
  | 'on-tenant-changed'
  | 'on-provider-event';

const always: readonly BackgroundOperation[] = [
  'unmatched-route',
  'on-sweep',
  'on-tenant-requested',
  'on-tenant-changed',
];

/** Every function of an installation: those behind the routes, and those that events and the clock begin. */
export function operationsOf(providers: ProviderSettings): string[] {
  const listening = providersWithEvents(providers).length > 0;
  const background: readonly BackgroundOperation[] = listening ? [...always, 'on-provider-event'] : always;
  return [...routes.map(({ operation }) => operation), ...background];
}
