import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bundle } from '../../infra/bundle/bundle.ts';
import { findRoute } from '../../infra/local/http/find-route.ts';
import { splitTarget, toEvent } from '../../infra/local/http/to-event.ts';
import { defaults } from '../providers/ecs/ecs-subject.ts';
import { startFakeEcs } from '../support/fake-ecs/fake-ecs.ts';
import { openFunction } from '../support/lambda/function-process.ts';
import { openLoopback } from '../support/loopback.ts';

/** Bundles the functions with one provider type into a temporary folder. */
async function bundled(type: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await bundle([type], folder);
  return folder;
}

/** Requests the status of a missing tenant from the bundled function. */
async function askStatus(
  provider: { type: string } & Record<string, unknown>,
  environment: Readonly<Record<string, string>> = {},
) {
  const folder = await bundled(provider.type);
  // An empty table: the function reads the id of the installation from it once.
  const table = await openLoopback((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
  });
  onTestFinished(() => table.close());
  const status = await openFunction({
    name: 'get-tenant-status',
    taskRoot: folder,
    handler: 'get-tenant-status.handler',
    timeoutMs: 10_000,
    environment: {
      BERTH_PROVIDERS: JSON.stringify({ edge: provider }),
      BERTH_TABLE: 'empty',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_ENDPOINT_URL_DYNAMODB: `http://${table.address}`,
      ...environment,
    },
  });
  onTestFinished(() => status.close());
  const target = '/v1/tenants/acme/status?provider=edge';
  const request = { method: 'GET', target, rawHeaders: [], httpVersion: '1.1', remoteAddress: '127.0.0.1' };
  const route = findRoute('GET', splitTarget(target).path);
  const result = await status.invoke(toEvent({ ...request, body: Buffer.alloc(0) }, route, 'request-1', new Date()));
  return (result as { response: APIGatewayProxyStructuredResultV2 }).response;
}

describe('a bundled function reaches', () => {
  test('a Docker engine, though its client is CommonJS', async () => {
    const asked: string[] = [];
    const engine = await openLoopback((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'application/json').end('[]');
    });
    onTestFinished(() => engine.close());
    const answer = await askStatus({ type: 'docker', endpoint: `tcp://${engine.address}` });
    expect(answer.statusCode).toBe(404);
    expect(asked).not.toEqual([]);
  });

  test('ECS', async () => {
    const ecs = await startFakeEcs();
    onTestFinished(() => ecs.close());
    const answer = await askStatus({ type: 'ecs', ...defaults }, { AWS_ENDPOINT_URL_ECS: ecs.url });
    expect(answer.statusCode).toBe(404);
    expect(ecs.calls.map(({ operation }) => operation)).toContain('DescribeServices');
  });
});

describe('before its first request, a function', () => {
  const BERTH_PROVIDERS = JSON.stringify({ edge: { type: 'ecs', ...defaults } });
  const onLambda = { AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand', AWS_REGION: 'eu-central-1' };

  /** Returns true if loading the function loads Node's HTTPS, which only the client of the table uses. */
  function loadsTableClient(folder: string, environment: Readonly<Record<string, string>>): boolean {
    const file = JSON.stringify(join(folder, 'get-tenant.mjs'));
    const script = `await import(${file}); console.log(process.moduleLoadList.includes('NativeModule https'))`;
    const args = ['--input-type=module', '--eval', script];
    return execFileSync(process.execPath, args, { env: environment, encoding: 'utf8' }).trimEnd().endsWith('true');
  }

  test('loads the client of the table on Lambda only', async () => {
    const folder = await bundled('ecs');
    expect(loadsTableClient(folder, { ...onLambda, BERTH_PROVIDERS, BERTH_TABLE: 'tenants' })).toBe(true);
    expect(loadsTableClient(folder, { ...onLambda, BERTH_PROVIDERS })).toBe(false);
    expect(loadsTableClient(folder, { BERTH_PROVIDERS, BERTH_TABLE: 'tenants' })).toBe(false);
  });

  test('does not fail on invalid settings, which the first request reports', async () => {
    expect(loadsTableClient(await bundled('ecs'), { ...onLambda, BERTH_PROVIDERS: '{', BERTH_TABLE: 'tenants' })).toBe(
      false,
    );
  });
});
