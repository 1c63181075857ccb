import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../infra/local/fixture.ts';
import { spawnCli } from '../spawn.ts';

const session = {
  session_id: 'acme.mwwm8fm48qtv.exec-1',
  tenant_id: 'acme',
  container: 'web',
  kind: 'session_manager',
  stream_url: 'wss://ssmmessages.eu-central-1.amazonaws.com/v1/data-channel/ecs-execute-command-0f1',
  token: 'the token',
  target: 'ecs:tenants_0a1b_0a1b-2c3d',
  region: 'eu-central-1',
  aws_session_id: 'ecs-execute-command-0f1',
};

/** Starts a control plane whose backend carries the sessions. */
async function host(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(201, { 'content-type': 'application/json', 'x-request-id': 'r' }).end(JSON.stringify(session));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Makes a folder with a plugin that prints its arguments and its session, one in each line, and ends with a code. */
function pluginFolder(): string {
  const folder = temporaryDirectory();
  const file = join(folder, 'session-manager-plugin');
  writeFileSync(
    file,
    '#!/bin/sh\nprintf "%s\\n" "$@" "$AWS_SSM_START_SESSION_RESPONSE"\nread line\necho "read $line"\nexit 5\n',
  );
  chmodSync(file, 0o755);
  return folder;
}

test('a session that AWS carries is handed to its plugin, with the arguments of the AWS CLI', async () => {
  const env = { BERTH_ENDPOINT: await host(), PATH: [pluginFolder(), process.env.PATH].join(delimiter) };
  const run = spawnCli(['exec', 'acme', '--', 'sh'], { env });
  run.process.stdin?.end('typed\n');
  expect(await run.ended).toBe(5);
  const [variable, region, operation, profile, request = '', endpoint, response = '', read] = run.stdout().split('\n');
  expect(JSON.parse(response)).toEqual({
    SessionId: session.aws_session_id,
    StreamUrl: session.stream_url,
    TokenValue: session.token,
  });
  expect([variable, region, operation, profile]).toEqual([
    'AWS_SSM_START_SESSION_RESPONSE',
    'eu-central-1',
    'StartSession',
    '',
  ]);
  expect(JSON.parse(request)).toEqual({ Target: session.target });
  expect([endpoint, read]).toEqual(['https://ssm.eu-central-1.amazonaws.com', 'read typed']);
});

test('without the plugin, the command tells where to get it, and shows no token', async () => {
  const run = spawnCli(['exec', 'acme', '--', 'sh'], { env: { BERTH_ENDPOINT: await host(), PATH: '/nonexistent' } });
  expect(await run.ended).toBe(1);
  expect(run.stderr()).toContain('session-manager-plugin is missing on this machine');
  expect(run.stderr()).toContain('https://docs.aws.amazon.com/systems-manager/');
  expect(run.stderr()).not.toContain(session.token);
});
