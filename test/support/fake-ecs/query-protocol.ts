import type { EcsError } from './ecs-error.ts';

const NAMESPACE = 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/';

/** Parses a request of the AWS Query protocol: `Tags.member.1.Key=a` becomes `{ Tags: [{ Key: 'a' }] }`. */
export function parseQuery(body: string): { operation: string; input: Record<string, unknown> } {
  const { Action = '', Version: _, ...fields } = Object.fromEntries(new URLSearchParams(body));
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(fields)) put(root, path.split('.'), value);
  return { operation: Action, input: withLists(root) as Record<string, unknown> };
}

/** Writes a response of the AWS Query protocol. */
export function toXml(operation: string, result: object): string {
  const inner = Object.entries(result).map(([key, value]) => element(key, value));
  const body = [
    element(`${operation}Result`, undefined, inner.join('')),
    element('ResponseMetadata', { RequestId: '1' }),
  ];
  return `<${operation}Response xmlns="${NAMESPACE}">${body.join('')}</${operation}Response>`;
}

/** On the wire, codes lack the ending of the class that the SDK makes of them. */
export function toXmlError({ type, message }: EcsError): string {
  const error = { Type: 'Sender', Code: type.replace(/Exception$/, ''), Message: message };
  return `<ErrorResponse xmlns="${NAMESPACE}">${element('Error', error)}${element('RequestId', '1')}</ErrorResponse>`;
}

function put(target: Record<string, unknown>, [first = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  target[first] ??= {};
  put(target[first] as Record<string, unknown>, rest, value);
}

function withLists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { member } = value as { member?: Record<string, unknown> };
  if (member) return Object.values(member).map(withLists);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withLists(inner)]));
}

function element(name: string, value: unknown, inner = content(value)): string {
  return value === undefined && inner === '' ? '' : `<${name}>${inner}</${name}>`;
}

function content(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((one) => element('member', one)).join('');
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, inner]) => element(key, inner))
      .join('');
  }
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
