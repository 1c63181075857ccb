import { createHash, createHmac } from 'node:crypto';
import type { Got } from './servers.ts';

export interface Expected {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/**
 * Whether a request, as it came over the wire, carries a right signature: computed from the description of Signature Version 4
 * alone, as API Gateway does. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature({ method, target, headers, body }: Got, expected: Expected): void {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[^/]+\/execute-api\/aws4_request), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, accessKeyId, scope = '', signedHeaders = '', signature] = pattern.exec(headers.authorization ?? '') ?? [];
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
  const right = hmac(key, toSign).toString('hex');
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
    signature: right,
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
