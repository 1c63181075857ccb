import { createHash, createHmac } from 'node:crypto';
import type { ReceivedRequest } from './servers.ts';

/** Its three parts are on separate lines. */
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/.+\/aws4_request)\nSignedHeaders=(.+)\nSignature=([0-9a-f]{64})$/;

export interface Expected {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/**
 * Throws if the signature of a received request is wrong. Computes the expected one as API Gateway does, from the
 * specification: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature({ method, target, headers, body }: ReceivedRequest, expected: Expected): void {
  const [, accessKeyId, scope = '', signedHeaders = '', signature] =
    AUTHORIZATION.exec(headers.authorization?.replaceAll(', ', '\n') ?? '') ?? [];
  const [path = '', query = ''] = target.split('?');
  const canonical = [
    method,
    path.split('/').map(encodeURIComponent).join('/'),
    canonicalQuery(query),
    ...signedHeaders.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n');
  const time = String(headers['x-amz-date']);
  const [date = '', region = ''] = scope.split('/');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = [date, region, 'execute-api', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${expected.secretAccessKey}`,
  );
  const expectedSignature = hmac(key, toSign).toString('hex');
  const actual = {
    accessKeyId,
    region,
    signature,
    host: signedHeaders.split(';').includes('host'),
    day: time.slice(0, 8),
  };
  const wanted = {
    accessKeyId: expected.accessKeyId,
    region: expected.region,
    signature: expectedSignature,
    host: true,
    day: date,
  };
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
    throw new Error(`the signature is wrong: ${JSON.stringify(actual)} instead of ${JSON.stringify(wanted)}`);
  }
}

function canonicalQuery(query: string): string {
  const pairs = [...new URLSearchParams(query)].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.sort((a, b) => (a < b ? -1 : 1)).join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
