import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ConfigError, readConfig } from '../../../../functions/runtime/setup/config.ts';
import { busOf } from '../../../../functions/runtime/setup/publishing.ts';

test('entries go to the configured bus, and each has its own outcome', async () => {
  const calls: { target: unknown; input: { Entries: Record<string, unknown>[] } }[] = [];
  const server = createServer(async (request, response) => {
    const text = (await request.setEncoding('utf8').toArray()).join('');
    calls.push({ target: request.headers['x-amz-target'], input: JSON.parse(text) });
    const Entries = [{ EventId: 'e-1' }, { ErrorCode: 'InternalFailure', ErrorMessage: 'later' }];
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ FailedEntryCount: 1, Entries }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const put = busOf(readConfig({}, { BERTH_EVENT_BUS: 'tenants' }));
  const entry = { Source: 'berth', DetailType: 'Tenant Updated', Detail: '{}', Time: new Date('2026-11-25T12:00:00Z') };
  expect(await put([entry, entry])).toMatchObject([{ EventId: 'e-1' }, { ErrorCode: 'InternalFailure' }]);
  const sent = { ...entry, Time: Date.parse('2026-11-25T12:00:00Z') / 1000, EventBusName: 'tenants' };
  expect(calls).toEqual([{ target: 'AWSEvents.PutEvents', input: { Entries: [sent, sent] } }]);
});

test('without a bus, the error names the missing variable', async () => {
  const put = busOf(readConfig({}, {}));
  await expect(put([])).rejects.toThrow(ConfigError);
  await expect(put([])).rejects.toThrow('BERTH_EVENT_BUS: must be the name of an EventBridge bus');
});
