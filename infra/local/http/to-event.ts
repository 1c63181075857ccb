import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';
import { isThisMachine } from './check-caller.ts';
import type { FoundRoute } from './find-route.ts';

/** A request as it arrived. */
export interface WireRequest {
  method: string;
  /** The request target: path and query, as sent. */
  target: string;
  /** Names and values alternating, as sent. */
  rawHeaders: readonly string[];
  httpVersion: string;
  remoteAddress: string;
  body: Buffer;
}

/** The content types that API Gateway passes on as text; it encodes any other body in base64. */
const TEXT = /^(?:text\/|application\/(?:[^;]{1,100}\+)?(?:json|xml|javascript|x-www-form-urlencoded)\b)/i;

/** The absolute form of a request target, which clients send to proxies: RFC 9112, section 3.2.2. */
const ABSOLUTE = /^http:\/\/([^/?#]+)([/?].*)?$/i;

/**
 * Returns a request target in origin form, and the authority of the absolute form, which replaces the header `Host`. A
 * server has to accept both forms. Any other target is returned as it is. Throws `HttpError` for another machine.
 */
export function toOriginForm(target: string): { target: string; authority?: string } {
  const [, authority, rest = ''] = ABSOLUTE.exec(target) ?? [];
  if (authority === undefined) return { target };
  if (!isThisMachine(authority)) throw new HttpError('bad_request', 'the request target is on another machine');
  return { target: rest.startsWith('/') ? rest : `/${rest}`, authority };
}

/** Splits a request target into path and query. Throws `HttpError` if it is not a path. */
export function splitTarget(target: string): { path: string; query: string } {
  if (!target.startsWith('/')) throw new HttpError('bad_request', 'the request target must be a path');
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** Returns the event that API Gateway's HTTP API (payload 2.0) makes of a request. */
export function toEvent(request: WireRequest, route: FoundRoute, requestId: string, now: Date): APIGatewayProxyEventV2 {
  const { method, body } = request;
  const { path, query } = splitTarget(request.target);
  const { headers, cookies } = toHeaders(request.rawHeaders);
  const queryStringParameters = toQuery(query);
  const isEmpty = body.length === 0;
  const isText = isEmpty || (TEXT.test(headers['content-type'] ?? '') && !headers['content-encoding'] && isUtf8(body));
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(queryStringParameters && { queryStringParameters }),
    ...(route.pathParameters && { pathParameters: route.pathParameters }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'localhost',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.remoteAddress,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: route.routeKey,
      stage: '$default',
      time: toClfTime(Math.floor(now.getTime() / 1000)),
      timeEpoch: now.getTime(),
    },
    ...(!isEmpty && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: !isText,
  };
}

/** Lower-cases names, joins repeated headers with commas, and separates cookies. */
function toHeaders(rawHeaders: readonly string[]): { headers: Record<string, string>; cookies: string[] } {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const value = rawHeaders[index + 1] ?? '';
    if (name === 'cookie') cookies.push(...value.split(/; */).filter(Boolean));
    else headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value;
  }
  return { headers, cookies };
}

/** Decodes parameters, and joins repeated ones with commas. Returns undefined if there are none. */
export function toQuery(query: string): Record<string, string> | undefined {
  if (query === '') return undefined;
  const joined = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return joined.size === 0 ? undefined : Object.fromEntries(joined);
}

let last = { second: Number.NaN, time: '' };

/** Formats a second since 1970 as `24/Nov/2026:09:30:00 +0000`, the format of web server logs that API Gateway uses. */
function toClfTime(second: number): string {
  if (second !== last.second) {
    const [, day, month, year, time] = new Date(second * 1000).toUTCString().split(' ');
    last = { second, time: `${day}/${month}/${year}:${time} +0000` };
  }
  return last.time;
}
