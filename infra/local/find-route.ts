import { routes } from '../../functions/routes.ts';
import { HttpError } from '../../functions/runtime/http-error.ts';
import { pathPattern } from '../../functions/runtime/match-path.ts';

export interface FoundRoute {
  /** The file under `functions/` that serves it. */
  operation: string;
  routeKey: string;
  pathParameters?: Record<string, string>;
}

/** The most specific first: `{` sorts behind everything a fixed segment begins with. */
const ordered = [...routes]
  .sort((a, b) => (a.path < b.path ? -1 : 1))
  .map(({ operation, method, path }) => ({ operation, method, path, pattern: pathPattern(path) }));

/** What API Gateway would call for a request: the route that fits, or `$default`. Throws `HttpError` on a malformed escape. */
export function findRoute(method: string, path: string): FoundRoute {
  for (const route of ordered) {
    const match = route.method === method ? route.pattern.exec(path) : null;
    if (!match) continue;
    const decoded = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decode(value)] as const);
    return {
      operation: route.operation,
      routeKey: `${route.method} ${route.path}`,
      ...(decoded.length > 0 && { pathParameters: Object.fromEntries(decoded) }),
    };
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
