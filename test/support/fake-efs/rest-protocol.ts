import type { EcsError } from '../fake-ecs/ecs-error.ts';

const VERSION = '/2015-02-01/';

/** Returns true for a request of EFS, which speaks REST with JSON. */
export function isRest(url = ''): boolean {
  return url.startsWith(VERSION);
}

/** Parses a request: the operation follows from the method and the path, its input from all parts. */
export function parseRest(
  method: string | undefined,
  url: string,
  body: string,
): { operation: string; input: Record<string, unknown> } {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [resource, id = ''] = pathname.slice(VERSION.length).split('/').map(decodeURIComponent);
  const given = JSON.parse(body || '{}') as Record<string, unknown>;
  const operations: Record<string, { operation: string; input: Record<string, unknown> }> = {
    'POST access-points': { operation: 'CreateAccessPoint', input: given },
    'GET access-points': { operation: 'DescribeAccessPoints', input: Object.fromEntries(searchParams) },
    'DELETE access-points': { operation: 'DeleteAccessPoint', input: { AccessPointId: id } },
    'POST resource-tags': { operation: 'TagAccessPoint', input: { ...given, ResourceId: id } },
  };
  return operations[`${method} ${resource}`] ?? { operation: `${method} ${pathname}`, input: {} };
}

/** Writes an error: the class is in a header, the fields are in the body. */
export function toRestError({ type, message, fields }: EcsError): string {
  return JSON.stringify({ ErrorCode: type, Message: message, message, ...fields });
}
