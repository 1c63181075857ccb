import { routes } from '../../../functions/operations.ts';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';
import { matchPath } from '../../../functions/runtime/http/match-path.ts';

export interface FoundRoute {
  /** The name of the file in `functions/` that serves the route. */
  operation: string;
  routeKey: string;
  pathParameters?: Record<string, string>;
}

/** The most specific routes first: `{` sorts after every character that a fixed segment begins with. */
const ordered = [...routes]
  .sort((a, b) => (a.path < b.path ? -1 : 1))
  .map(({ operation, method, path }) => ({ operation, method, path, template: path.split('/') }));

/**
 * Returns the route that API Gateway would choose, or `$default`. A route of GET serves HEAD, too. Throws `HttpError` on a
 * malformed percent-escape.
 */
export function findRoute(method: string, path: string): FoundRoute {
  const segments = path.split('/');
  for (const route of ordered) {
    const isServed = route.method === method || (route.method === 'GET' && method === 'HEAD');
    const params = isServed ? matchPath(route.template, segments) : undefined;
    if (!params) continue;
    const names = Object.keys(params);
    for (const name of names) params[name] = decode(params[name] ?? '');
    const { operation, path: template } = route;
    return { operation, routeKey: `${method} ${template}`, ...(names.length > 0 && { pathParameters: params }) };
  }
  return { operation: 'unmatched-route', routeKey: '$default' };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new HttpError('bad_request', 'the path has a malformed percent-escape');
  }
}
