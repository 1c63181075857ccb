// Written by `npm run acceptors` from the schemas.
import type * as z from 'zod';
import { type Loose, countKeys, isPlain, lazily } from '../compute/spec/plain.ts';
import type { Shape } from '../compute/spec/shape.ts';
import type { EventEnvelope } from './envelope.ts';
import type { DestroyData, RequestMetadata } from './request.ts';

const pattern1 = /^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|([+-](?:[01]\d|2[0-3]):[0-5]\d)))$/u;
const pattern2 = /^[\x21-\x7e]{1,255}$/u;
const pattern3 = lazily(() => /^[^\p{Cc}\p{Cs}]*$/u);
const pattern4 = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u;
const pattern5 = /^[a-z0-9][a-z0-9-]{0,62}$/u;

function toEventEnvelopeResources(input: unknown): unknown[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const output: unknown[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const value: unknown = input[index];
    if (typeof value !== 'string') return undefined;
    output[index] = value;
  }
  return output;
}

function toEventEnvelopeDetail(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  const output: Loose = { ...input };
  for (const key in output) {
    if (key === '__proto__') return undefined;
  }
  return output;
}

function toEventEnvelope(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.id;
  if (typeof value !== 'string' || value.length < 1 || value.length > 64) return undefined;
  output.id = value;
  value = input["detail-type"];
  if (typeof value !== 'string') return undefined;
  output["detail-type"] = value;
  value = input.source;
  if (typeof value !== 'string') return undefined;
  output.source = value;
  value = input.account;
  if (typeof value !== 'string') return undefined;
  output.account = value;
  value = input.time;
  if (typeof value !== 'string' || !pattern1.test(value)) return undefined;
  output.time = value;
  value = input.region;
  if (value !== undefined) {
    if (typeof value !== 'string') return undefined;
    output.region = value;
  }
  value = input.resources;
  if (value !== undefined) {
    output.resources = toEventEnvelopeResources(value);
    if (output.resources === undefined) return undefined;
  } else output.resources = [];
  value = input.detail;
  output.detail = toEventEnvelopeDetail(value);
  if (output.detail === undefined) return undefined;
  return output;
}

function toRequestMetadata(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  value = input.schema_version;
  if (value !== undefined) {
    if (value !== "1") return undefined;
    output.schema_version = value;
  }
  value = input.idempotency_key;
  if (value !== undefined) {
    if (typeof value !== 'string' || !pattern2.test(value)) return undefined;
    output.idempotency_key = value;
  }
  value = input.actor;
  if (value !== undefined) {
    if (typeof value !== 'string' || value.length < 1 || value.length > 128 || !pattern3.test(value)) return undefined;
    output.actor = value;
  }
  for (const key of Object.keys(input)) {
    if (key === '__proto__') return undefined;
    if (key !== "schema_version" && key !== "idempotency_key" && key !== "actor") output[key] = input[key];
  }
  if (Object.getOwnPropertySymbols(input).length > 0) return undefined;
  return output;
}

function toDestroyData(input: unknown): Loose | undefined {
  if (!isPlain(input)) return undefined;
  const output: Loose = {};
  let value: unknown;
  let known = 1;
  value = input.tenant_id;
  if (typeof value !== 'string' || value.length < 1 || value.length > 63 || !pattern4.test(value)) return undefined;
  output.tenant_id = value;
  value = input.provider_type;
  if (value !== undefined) {
    if (typeof value !== 'string' || value.length < 1 || value.length > 63 || !pattern5.test(value)) return undefined;
    output.provider_type = value;
    known += 1;
  }
  return countKeys(input) === known ? output : undefined;
}

export const eventEnvelopeShape: Shape<typeof EventEnvelope> = {
  accept: (input) => toEventEnvelope(input) as z.output<typeof EventEnvelope> | undefined,
  schema: async () => (await import('./envelope.ts')).EventEnvelope,
};

export const requestMetadataShape: Shape<typeof RequestMetadata> = {
  accept: (input) => toRequestMetadata(input) as z.output<typeof RequestMetadata> | undefined,
  schema: async () => (await import('./request.ts')).RequestMetadata,
};

export const destroyDataShape: Shape<typeof DestroyData> = {
  accept: (input) => toDestroyData(input) as z.output<typeof DestroyData> | undefined,
  schema: async () => (await import('./request.ts')).DestroyData,
};
