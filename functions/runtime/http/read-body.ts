import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { loadSpecSchema, parseSpec } from '../../../src/compute/spec/check-spec.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import type { RolloutPlanRequest, RolloutRequest } from '../../../src/rollouts/model/request.ts';
import type { ExecRequest } from './exec-request.ts';
import { HttpError } from './http-error.ts';

/** Loads what reads a body. The reader returns the body checked and typed, and throws an error for the caller. */
export type BodyLoader<Body> = () => Promise<(input: unknown) => Body | Promise<Body>>;

/** Loads the reader of specifications, with zod. */
export async function specification(): Promise<(input: unknown) => TenantComputeSpec | Promise<TenantComputeSpec>> {
  await loadSpecSchema();
  return parseSpec;
}

/** Loads the reader of rollbacks, and the schema of the specification that a rollback makes the desired one. */
export async function rollbackRequest(): Promise<(input: unknown) => { revision: number }> {
  const [{ readRollbackRequest }] = await Promise.all([import('./rollback-request.ts'), specification()]);
  return readRollbackRequest;
}

/** Loads the reader of requests for sessions. */
export async function execRequest(): Promise<(input: unknown) => ExecRequest> {
  return (await import('./exec-request.ts')).readExecRequest;
}

/** Loads the reader of rollouts, and the schema of the specifications that a rollout makes. */
export async function rolloutRequest(): Promise<(input: unknown) => RolloutRequest> {
  const [{ readRolloutRequest }] = await Promise.all([
    import('../../../src/rollouts/model/request.ts'),
    specification(),
  ]);
  return readRolloutRequest;
}

/** Loads the same for plans. */
export async function rolloutPlanRequest(): Promise<(input: unknown) => RolloutPlanRequest> {
  const [{ readPlanRequest }] = await Promise.all([import('../../../src/rollouts/model/request.ts'), specification()]);
  return readPlanRequest;
}

/** Four times the limit of a specification: leaves room for whitespace and escapes. */
export const MAX_BODY_BYTES = 256 * 1024;

const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.-]{1,100}\+)?json$/;

/** Returns the JSON value in the body of an event. Throws `HttpError`: 415, 413 or 400, in this order. */
export function readBody(event: Pick<APIGatewayProxyEventV2, 'headers' | 'body' | 'isBase64Encoded'>): unknown {
  checkHeaders(event.headers ?? {});
  const text = decode(event.body ?? '', event.isBase64Encoded);
  if (text === '') throw new HttpError('malformed_json', 'the body is empty');
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the body, which may hold secrets.
    throw new HttpError('malformed_json', 'the body cannot be parsed');
  }
}

function checkHeaders(headers: Readonly<Record<string, string | undefined>>): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (!JSON_TYPE.test(type.trim().toLowerCase())) {
    throw new HttpError('unsupported_media_type', 'the content-type must be application/json');
  }
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpError('unsupported_media_type', 'the body must not be compressed');
  }
}

function decode(body: string, isBase64: boolean | undefined): string {
  // Both lengths are lower bounds of the size: a body that exceeds one need not be decoded.
  if ((isBase64 ? body.length * 0.75 - 2 : body.length) > MAX_BODY_BYTES) throw tooLarge();
  if (!isBase64) {
    // A UTF-16 unit takes at most three bytes.
    if (body.length * 3 > MAX_BODY_BYTES && Buffer.byteLength(body) > MAX_BODY_BYTES) throw tooLarge();
    return body.replace(/^\ufeff/, '').toWellFormed();
  }
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length > MAX_BODY_BYTES) throw tooLarge();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HttpError('malformed_json', 'the body is not UTF-8');
  }
}

function tooLarge(): HttpError {
  return new HttpError('payload_too_large', `the body must have at most ${MAX_BODY_BYTES / 1024} KB`);
}
