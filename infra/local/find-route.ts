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
  .map(({ operation, method, path }) => ({
    operation,
    method,
    routeKey: `${method} ${path}`,
    pattern: pathPattern(path),
    // What comes before and after the parameters, which tells sooner than the pattern that it does not fit.
    head: path.replace(/\{.*/, ''),
    tail: path.replace(/.*\}/, ''),
  }));

/** What API Gateway would call for a request: the route that fits, or `$default`. Throws `HttpError` on a malformed escape. */
export function findRoute(method: string, path: string): FoundRoute {
  for (const route of ordered) {
    if (route.method !== method || !path.startsWith(route.head) || !path.endsWith(route.tail)) continue;
    const match = route.pattern.exec(path);
    if (!match) continue;
    const { operation, routeKey } = route;
    return { operation, routeKey, ...(match.groups && { pathParameters: decodeAll(match.groups) }) };
  }
  return { operation: 'unmatched-route', routeKey: '$default' };
}

function decodeAll(segments: Readonly<Record<string, string>>): Record<string, string> {
  const decoded: Record<string, string> = {};
  for (const name of Object.keys(segments)) decoded[name] = decode(segments[name] ?? '');
  return decoded;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new HttpError('bad_request', 'the path has a malformed percent-escape');
  }
}
