import { type Operation, type Route, routes } from '../routes.ts';
import { upcoming } from './upcoming.ts';

export interface DocumentedRoute extends Route {
  operation: Operation | (typeof upcoming)[number]['operation'];
}

const pending = upcoming.filter(({ operation }) => !routes.some((route) => (route.operation as string) === operation));

/** What the document describes. */
export const documentedRoutes: readonly DocumentedRoute[] = [...routes, ...pending];
