import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../../functions/runtime/setup/config.ts';
import { findProviders } from '../../../infra/local/find-providers.ts';
import { temporaryDirectory } from './fixture.ts';

/** Something that listens where an engine could be. */
async function startEngine(answer: RequestListener): Promise<string> {
  const socket = join(temporaryDirectory(), 'docker.sock');
  const server = createServer(answer);
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

test('where nobody chose, Docker is there beside processes if an engine answers', async () => {
  const DOCKER_HOST = await startEngine((_, response) => response.end('OK'));
  expect(await namesFound({ DOCKER_HOST })).toEqual(['docker', 'process']);
  expect(await namesFound({ DOCKER_HOST, BERTH_PROVIDERS: '' })).toEqual(['docker', 'process']);
});

test('who chose gets what was chosen, and no engine is asked', async () => {
  let asked = 0;
  const DOCKER_HOST = await startEngine((_, response) => {
    asked += 1;
    response.end('OK');
  });
  expect(await namesFound({ DOCKER_HOST, BERTH_PROVIDERS: '{"process":{"type":"process"}}' })).toEqual(['process']);
  expect(asked).toBe(0);
});

test.each<[string, RequestListener]>([
  ['says nothing', () => undefined],
  ['is out of order', (_, response) => response.writeHead(500).end('no')],
  ['hangs up', (request) => request.socket.destroy()],
])('an engine that %s is none, and stops nothing', async (_, answer) => {
  expect(await namesFound({ DOCKER_HOST: await startEngine(answer) })).toEqual(['process']);
});

test('where there is no place for an engine, none is looked for', async () => {
  expect(await namesFound({})).toEqual(['process']);
  vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/docker.sock');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await namesFound({ DOCKER_HOST: 'unix:///nowhere/docker.sock' })).toEqual(['process']);
});
