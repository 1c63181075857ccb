import { expect, test } from 'vitest';
import type { LoadClient } from '../../../src/providers/docker/engine/engine.ts';
import { createDockerProvider } from '../../../src/providers/docker/provider.ts';

interface Info {
  ID?: string;
  Name?: string;
  DockerRootDir?: string;
}

/** Returns a provider whose engine answers `GET /info` so, and the number of its requests. */
function onEngine(answers: () => Promise<Info>, defaults: Record<string, unknown> = {}) {
  const requests = { count: 0 };
  const info = () => {
    requests.count += 1;
    return answers();
  };
  const client = (async () => ({ info })) as unknown as LoadClient;
  return { provider: createDockerProvider({ name: 'docker', defaults, client }), requests };
}

const engine = (ID: string) => async () => ({ ID, Name: 'host', DockerRootDir: '/var/lib/docker' });

test('one engine is one place, wherever it is reached', async () => {
  const socket = onEngine(engine('A'), { endpoint: 'unix:///var/run/docker.sock' });
  const tcp = onEngine(engine('A'), { endpoint: 'tcp://127.0.0.1:2375' });
  const [one, other] = [await socket.provider.place?.(), await tcp.provider.place?.()];
  expect(one?.identity).toEqual({ endpoint: 'engine A', name_prefix: 'berth' });
  expect(other?.identity).toEqual(one?.identity);
  expect(one?.shown).toEqual({ endpoint: 'unix:///var/run/docker.sock' });
});

test('another engine and another prefix are other places', async () => {
  const { provider } = onEngine(engine('B'), { name_prefix: 'other' });
  expect((await provider.place?.())?.identity).toEqual({ endpoint: 'engine B', name_prefix: 'other' });
});

test('an engine that makes up its id is known by its host and its data directory', async () => {
  let made = 0;
  const { provider } = onEngine(async () => ({ ID: `random-${made++}`, Name: 'host', DockerRootDir: '/storage' }));
  expect((await provider.place?.())?.identity.endpoint).toBe('engine on host in /storage');
});

test('the engine is asked once, and again only after a failure', async () => {
  let isUp = false;
  const { provider, requests } = onEngine(async () => {
    if (!isUp) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    return engine('A')();
  });
  await expect(provider.place?.()).rejects.toMatchObject({ code: 'provider_failed', retryable: true });
  isUp = true;
  await provider.place?.();
  const { count } = requests;
  await provider.place?.();
  expect(requests.count).toBe(count);
});
