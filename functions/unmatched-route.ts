import { routes } from './operations.ts';
import type { Answer } from './runtime/http/answer.ts';
import { HttpError } from './runtime/http/http-error.ts';
import { matchPath } from './runtime/http/match-path.ts';
import { type Event, operation } from './runtime/http/operation.ts';

/**
 * API Gateway's route `$default`: refuses a request that matches no route, and names the methods that its path allows. It
 * also answers preflights of browsers, to which API Gateway adds the headers of the CORS configuration.
 */
export const handler = await operation({
  name: 'unmatched-route',
  ignoresParameters: true,
  run: ({ event }) => refuse(event.requestContext?.http?.method ?? '', pathsOf(event)),
});

/**
 * Returns the paths that the request may have meant, as segments. API Gateway leaves the name of a stage and the base path
 * of a custom domain in the path of an event, and does not tell the base path.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
function pathsOf({ rawPath = '', requestContext }: Event): string[][] {
  const segments = rawPath.split('/');
  const { stage, apiId, domainPrefix } = requestContext ?? {};
  const isCustomDomain = domainPrefix !== apiId;
  if (!isCustomDomain) return [segments[1] === stage ? ['', ...segments.slice(2)] : segments];
  return segments.flatMap((segment, index) => (segment === 'v1' ? [['', ...segments.slice(index)]] : []));
}

function refuse(method: string, paths: readonly string[][]): Answer {
  const found = routes.filter(({ path }) => paths.some((segments) => matchPath(path.split('/'), segments)));
  const methods = found.map((route) => route.method);
  if (methods.length === 0) throw new HttpError('route_not_found');
  const allow = [...new Set<string>([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].sort();
  // With a prefix that is no base path, the methods of the route do not lead anywhere either.
  if (allow.includes(method) && method !== 'OPTIONS') throw new HttpError('route_not_found');
  const headers = { allow: allow.join(', ') };
  if (method === 'OPTIONS') return { status: 204, headers };
  throw new HttpError('method_not_allowed', `this path allows ${headers.allow}`, headers);
}
