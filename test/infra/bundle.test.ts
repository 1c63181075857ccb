import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bundle } from '../../infra/bundle/bundle.ts';
import { findRoute } from '../../infra/local/find-route.ts';
import { splitTarget, toEvent } from '../../infra/local/to-event.ts';
import { defaults } from '../providers/ecs/ecs-subject.ts';
import { startFakeEcs } from '../support/fake-ecs/fake-ecs.ts';
import { openFunction } from '../support/lambda/function-process.ts';
import { openLoopback } from '../support/loopback.ts';

/** What the bundled function answers to whoever asks for the status of a tenant that is not there. */
async function askStatus(
  provider: { type: string } & Record<string, unknown>,
  environment: Readonly<Record<string, string>> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await bundle([provider.type], folder);
  const status = await openFunction({
    name: 'get-tenant-status',
    taskRoot: folder,
    handler: 'get-tenant-status.handler',
    timeoutMs: 10_000,
    environment: { BERTH_PROVIDERS: JSON.stringify({ edge: provider }), BERTH_TABLE: 'unused', ...environment },
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
    const answer = await askStatus(
      { type: 'ecs', ...defaults },
      {
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_ENDPOINT_URL_ECS: ecs.url,
      },
    );
    expect(answer.statusCode).toBe(404);
    expect(ecs.calls.map(({ operation }) => operation)).toContain('DescribeServices');
  });
});
