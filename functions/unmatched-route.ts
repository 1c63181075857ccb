import { routes } from './operations.ts';
import type { Answer } from './runtime/http/answer.ts';
import { HttpError } from './runtime/http/http-error.ts';
import { matchPath } from './runtime/http/match-path.ts';
import { operation } from './runtime/http/operation.ts';

/** API Gateway's route `$default`: refuses a request that matches no route, and names the methods that its path allows. */
export const handler = await operation({
  name: 'unmatched-route',
  ignoresParameters: true,
  run: ({ event }) => refuse(event.requestContext?.http?.method, event.rawPath ?? ''),
});

function refuse(method: string | undefined, path: string): Answer {
  const segments = path.split('/');
  const methods = routes.filter((route) => matchPath(route.path.split('/'), segments)).map((route) => route.method);
  if (methods.length === 0) throw new HttpError('route_not_found');
  const allow = [...new Set<string>([...methods, 'OPTIONS'])].sort().join(', ');
  if (method === 'OPTIONS') return { status: 204, headers: { allow } };
  throw new HttpError('method_not_allowed', `this path allows ${allow}`, { allow });
}
