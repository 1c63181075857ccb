import type { CfnTemplate } from './cloud-assembly.ts';

interface Route {
  RouteKey: string;
  AuthorizationType?: string;
  Target: unknown;
}

interface Cors {
  AllowOrigins?: string[];
  AllowMethods?: string[];
  AllowHeaders?: string[];
  ExposeHeaders?: string[];
  MaxAge?: number;
}

export interface Preflight {
  path: string;
  origin: string;
  method: string;
  headers: readonly string[];
}

/**
 * Returns what API Gateway does with the preflight of a browser, for the HTTP API of a template: whether the route that it
 * finds admits it without credentials, and the headers of the CORS configuration. API Gateway's rules:
 * - The route is the full match, else the greedy one, else `$default`:
 *   https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 * - A route `$default` with an authorizer refuses preflights, and a route `OPTIONS /{proxy+}` without one lets them pass:
 *   https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function answerPreflight({ Resources }: CfnTemplate, { path, origin }: Preflight) {
  const all = Object.values(Resources);
  const of = (type: string) => all.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  const routes = of('AWS::ApiGatewayV2::Route') as unknown as Route[];
  const { CorsConfiguration: cors } = (of('AWS::ApiGatewayV2::Api')[0] ?? {}) as { CorsConfiguration?: Cors };
  const route = findRoute(routes, 'OPTIONS', path);
  if (!route || (route.AuthorizationType ?? 'NONE') !== 'NONE') return { isAdmitted: false, route, headers: {} };
  if (!cors?.AllowOrigins?.includes(origin)) return { isAdmitted: true, route, headers: {} };
  const headers: Record<string, string> = { 'access-control-allow-origin': origin };
  const { AllowMethods = [], AllowHeaders = [], ExposeHeaders = [], MaxAge } = cors;
  headers['access-control-allow-methods'] = AllowMethods.join(',');
  headers['access-control-allow-headers'] = AllowHeaders.join(',');
  headers['access-control-expose-headers'] = ExposeHeaders.join(',');
  if (MaxAge !== undefined) headers['access-control-max-age'] = String(MaxAge);
  return { isAdmitted: true, route, headers };
}

/**
 * Tells why a browser would refuse to send a request after the answer to its preflight. Undefined: it sends the request.
 * https://fetch.spec.whatwg.org/#cors-preflight-fetch
 */
export function refusalOfBrowser(
  { origin, method, headers: wanted }: Preflight,
  { status, headers }: { status: number; headers: Readonly<Record<string, string>> },
): string | undefined {
  const listed = (name: string) => (headers[name] ?? '').split(',').map((item) => item.trim().toLowerCase());
  if (headers['access-control-allow-origin'] !== origin) return 'the origin is not allowed';
  if (status < 200 || status > 299) return `the status is ${status}`;
  const methods = listed('access-control-allow-methods');
  const isSimple = ['GET', 'HEAD', 'POST'].includes(method);
  if (!isSimple && !methods.includes(method.toLowerCase()) && !methods.includes('*')) return `${method} is not allowed`;
  // The wildcard does not cover `authorization`, and Berth lists every header.
  const missing = wanted.filter((name) => !listed('access-control-allow-headers').includes(name.toLowerCase()));
  return missing.length > 0 ? `the headers ${missing.join(', ')} are not allowed` : undefined;
}

function findRoute(routes: readonly Route[], method: string, path: string): Route | undefined {
  const segments = path.split('/');
  const matching = routes.filter(({ RouteKey }) => {
    const [verb = '', template = ''] = RouteKey.split(' ');
    if (verb !== method && verb !== 'ANY') return false;
    const parts = template.split('/');
    const isGreedy = parts.at(-1)?.endsWith('+}') ?? false;
    if (isGreedy ? segments.length < parts.length : segments.length !== parts.length) return false;
    return parts.every((part, index) => part.startsWith('{') || part === segments[index]);
  });
  const rank = ({ RouteKey }: Route) => (RouteKey.endsWith('+}') ? 1 : 0);
  return matching.sort((a, b) => rank(a) - rank(b))[0] ?? routes.find(({ RouteKey }) => RouteKey === '$default');
}
