import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deliver, envelope } from '../functions/deliver.ts';
import { memorySpec } from '../functions/invoke.ts';
import { synthesize } from '../support/cloud-assembly.ts';
import type { FunctionProcess } from '../support/lambda/function-process.ts';
import { answerOf, apiEvent, openBuiltCloud } from './built-cloud.ts';

// Tests the output of `cdk synth`: the files that Lambda would run.
const directory = mkdtempSync(join(tmpdir(), 'berth-built-'));
const outdir = join(directory, 'cdk.out');
let written = '';
let cloud: Awaited<ReturnType<typeof openBuiltCloud>>;
const opened = new Map<string, Promise<FunctionProcess>>();

beforeAll(async () => {
  // The functions share tenants through files, as they would share a cluster.
  written = await synthesize(outdir, { providers: { memory: { type: 'memory', persist: true } } });
  cloud = await openBuiltCloud(outdir, directory);
}, 330_000);

afterAll(async () => {
  await cloud?.close();
  rmSync(directory, { recursive: true, force: true });
});

function fn(operation: string): Promise<FunctionProcess> {
  const found = opened.get(operation) ?? cloud.open(operation);
  opened.set(operation, found);
  return found;
}

/** Sends a request, as API Gateway would, to the function of its route. */
async function request(method: string, target: string, body?: unknown, by?: FunctionProcess) {
  const { operation, event } = apiEvent(method, target, body);
  return answerOf(by ?? (await fn(operation)), event) as Promise<{ status?: number; body: { code?: string } }>;
}

/** Delivers messages as the queue would. Returns the indexes of failed messages. */
async function put(...bodies: unknown[]): Promise<number[]> {
  const consumer = await fn('on-tenant-requested');
  const handler = async (event: SQSEvent) => {
    const result = await consumer.invoke(event);
    if ('error' in result) throw new Error(JSON.stringify(result.error));
    return result.response as SQSBatchResponse;
  };
  return deliver(handler, bodies);
}

const requested = (verb: string, data: unknown) =>
  envelope({ 'detail-type': `Tenant ${verb} Requested`, detail: { data } });

test('synth makes two stacks without network or Docker, and prints no warning', () => {
  expect(written).toContain('BerthState, Berth');
  expect(written).not.toMatch(/warn|deprecat|error/i);
});

test('HTTP requests provision, update and destroy a tenant', async () => {
  const spec = memorySpec({ tenant_id: 'by-http' });
  expect(await request('POST', '/v1/tenants', spec)).toMatchObject({ status: 201, body: { status: 'success' } });
  expect(await request('GET', '/v1/tenants/by-http/status')).toMatchObject({ status: 200, body: { state: 'running' } });
  const larger = { ...spec, resources: { cpu: 256, memory: 256 } };
  expect(await request('PUT', '/v1/tenants/by-http', larger)).toMatchObject({
    status: 200,
    body: { status: 'success' },
  });
  expect(await request('GET', '/v1/tenants?provider=memory')).toMatchObject({
    body: { tenants: [{ tenant_id: 'by-http', revision: 2 }] },
  });
  expect(await request('DELETE', '/v1/tenants/by-http')).toMatchObject({ status: 204 });
  expect(await request('GET', '/v1/tenants/by-http/status')).toMatchObject({ status: 404 });
  expect(await request('GET', '/v1/nowhere')).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
});

test('events provision, update and destroy a tenant', async () => {
  const spec = memorySpec({ tenant_id: 'by-event' });
  expect(await put(requested('Provision', spec))).toEqual([]);
  expect(await request('GET', '/v1/tenants/by-event/status')).toMatchObject({ body: { state: 'running' } });
  expect(await put(requested('Update', { ...spec, resources: { cpu: 256, memory: 256 } }))).toEqual([]);
  expect(await request('GET', '/v1/tenants/by-event')).toMatchObject({ body: { revision: 2, phase: 'ready' } });
  expect(await put(requested('Destroy', { tenant_id: 'by-event' }))).toEqual([]);
  expect(await request('GET', '/v1/tenants/by-event/status')).toMatchObject({ status: 404 });
});

test('an unreadable message is delivered again alone, and an invalid request is refused on the bus', async () => {
  const good = requested('Provision', memorySpec({ tenant_id: 'beside-poison' }));
  const invalid = requested('Provision', memorySpec({ tenant_id: 'invalid', containers: [] }));
  expect(await put('poison', good, invalid)).toEqual([0]);
  expect(await request('GET', '/v1/tenants/beside-poison')).toMatchObject({ body: { phase: 'ready' } });
  expect(
    cloud.announced.map(({ EventBusName, Source, DetailType, Detail }) => ({
      EventBusName,
      Source,
      DetailType,
      ...JSON.parse(Detail),
    })),
  ).toEqual([
    expect.objectContaining({
      EventBusName: 'berth',
      Source: 'berth',
      DetailType: 'Tenant Provision Failed',
      data: expect.objectContaining({ tenant_id: 'invalid' }),
    }),
  ]);
});

test('an ended operation is announced from the change stream', async () => {
  await request('POST', '/v1/tenants', memorySpec({ tenant_id: 'announced' }));
  const NewImage = await cloud.itemOf('announced');
  const record = { eventName: 'MODIFY', dynamodb: { SequenceNumber: '1', NewImage } };
  const result = await (await fn('on-tenant-changed')).invoke({ Records: [record] });
  expect(result).toEqual({ response: { batchItemFailures: [] } });
  const last = cloud.announced.at(-1);
  expect(last).toMatchObject({ Source: 'berth', DetailType: 'Tenant Provisioned' });
  expect(JSON.parse(last?.Detail ?? '')).toMatchObject({ data: { tenant_id: 'announced' } });
});

test('a function that was killed between two invocations continues', async () => {
  const spec = memorySpec({ tenant_id: 'survivor' });
  const provision = await fn('provision-tenant');
  expect(await request('POST', '/v1/tenants', spec)).toMatchObject({ status: 201 });
  await provision.kill();
  expect(await request('POST', '/v1/tenants', spec)).toMatchObject({ status: 200 });
  const consumer = await fn('on-tenant-requested');
  await consumer.kill();
  expect(await put(requested('Destroy', { tenant_id: 'survivor' }))).toEqual([]);
  expect(await request('GET', '/v1/tenants/survivor')).toMatchObject({ body: { phase: 'destroyed' } });
});

describe('an invalid configuration', () => {
  const wrong = { BERTH_PROVIDERS: '{"eu":{"type":"nomad"}}' };

  test('is named in the log, but not to callers', async () => {
    const function_ = await cloud.open('provision-tenant', wrong);
    const { status, body } = await request('POST', '/v1/tenants', memorySpec(), function_);
    expect([status, body.code]).toEqual([500, 'internal']);
    expect(JSON.stringify(body)).not.toContain('BERTH_PROVIDERS');
    expect(function_.output.join('\n')).toContain('BERTH_PROVIDERS/eu/type: type must be one of');
  });

  test('fails whole batches, so that no request is lost', async () => {
    const consumer = await cloud.open('on-tenant-requested', wrong);
    const result = await consumer.invoke({ Records: [] });
    expect(result).toMatchObject({
      error: { errorType: 'ConfigError', errorMessage: expect.stringContaining('BERTH_PROVIDERS/eu/type') },
    });
  });
});
