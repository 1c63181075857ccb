import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../../functions/runtime/setup/config.ts';
import { findProviders } from '../../../infra/local/find-providers.ts';
import { temporaryDirectory } from './fixture.ts';

/** Starts a server on a socket where an engine could be. */
async function startEngine(listener: RequestListener): Promise<string> {
  const socket = join(temporaryDirectory(), 'docker.sock');
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  vi.stubEnv('DOCKER_HOST', `unix://${socket}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return `unix://${socket}`;
}

async function namesFound(environment: Record<string, string>): Promise<string[]> {
  return Object.keys(await findProviders(readConfig({}, environment), '/nowhere/docker.sock')).sort();
}

test('without a configuration, Docker is added if an engine responds', async () => {
  const DOCKER_HOST = await startEngine((_, response) => response.end('OK'));
  expect(await namesFound({ DOCKER_HOST })).toEqual(['docker', 'process']);
  expect(await namesFound({ DOCKER_HOST, BERTH_PROVIDERS: '' })).toEqual(['docker', 'process']);
});

test('a configuration is used unchanged, and no engine is called', async () => {
  let calls = 0;
  const DOCKER_HOST = await startEngine((_, response) => {
    calls += 1;
    response.end('OK');
  });
  expect(await namesFound({ DOCKER_HOST, BERTH_PROVIDERS: '{"process":{"type":"process"}}' })).toEqual(['process']);
  expect(calls).toBe(0);
});

test.each<[string, RequestListener]>([
  ['never responds', () => undefined],
  ['responds with an error', (_, response) => response.writeHead(500).end('no')],
  ['closes the connection', (request) => request.socket.destroy()],
])('an engine that %s is ignored', async (_, listener) => {
  expect(await namesFound({ DOCKER_HOST: await startEngine(listener) })).toEqual(['process']);
});

test('without a socket no engine is looked for', async () => {
  expect(await namesFound({})).toEqual(['process']);
  vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/docker.sock');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await namesFound({ DOCKER_HOST: 'unix:///nowhere/docker.sock' })).toEqual(['process']);
});
