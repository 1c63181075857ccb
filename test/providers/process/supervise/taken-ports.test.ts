import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished } from 'vitest';
import { ask, freePort, isRunning, it, type Lab, specOf, web } from '../lab.ts';

/** Ends the process of a container, and takes its port before it is started again. Tries again where that was faster. */
async function takePort(lab: Lab, port: number, tries = 5): Promise<() => Promise<void>> {
  const pid = await lab.pidOf('web');
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => isRunning(pid)).toBe(false);
  const stranger = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
  const refusal = await new Promise<Error | undefined>((resolve) =>
    stranger.once('error', resolve).listen(port, '127.0.0.1', () => resolve(undefined)),
  );
  if (refusal && tries === 0) throw refusal;
  const close = () => new Promise<void>((resolve) => stranger.close(() => resolve()));
  const isRestarted = async () => ![0, pid].includes(await lab.pidOf('web'));
  // A process that was started while the port was free may bind it only now.
  if (refusal || (await isRestarted())) {
    if (!refusal) await close();
    await expect.poll(isRestarted).toBe(true);
    return takePort(lab, port, tries - 1);
  }
  onTestFinished(close);
  return close;
}

describe('a program that takes the port of a container whose process is down', () => {
  it('gets it, if Berth chose the port: the container gets another one', async ({ lab }) => {
    const provider = lab.provider({ restart_delay_seconds: 0.5 });
    await provider.start?.();
    const before = (await provider.provision(specOf([web()]))).endpoints[0]?.port ?? 0;
    await takePort(lab, before);
    await expect.poll(async () => (await provider.getStatus('acme')).health, { timeout: 20_000 }).toBe('healthy');
    const [endpoint] = (await provider.getStatus('acme')).endpoints;
    expect(endpoint?.port).not.toBe(before);
    expect((await ask(provider)).pid).toBe(await lab.pidOf('web'));
  });

  it('delays the container, if its specification asked for the port', async ({ lab }) => {
    const provider = lab.provider({ restart_delay_seconds: 0.5 });
    await provider.start?.();
    const host_port = await freePort();
    await provider.provision(specOf([web({ ports: [{ container_port: 80, host_port }] })]));
    const free = await takePort(lab, host_port);
    await expect
      .poll(async () => (await provider.getStatus('acme')).containers[0]?.message, { timeout: 20_000 })
      .toContain(`another program has its host_port ${host_port} (tcp)`);
    expect((await provider.getStatus('acme')).health).toBe('unhealthy');
    await free();
    await expect.poll(async () => (await provider.getStatus('acme')).health, { timeout: 20_000 }).toBe('healthy');
  });
});

it('ports that Berth chooses are none that the system gives to outgoing connections', async ({ lab }) => {
  const { endpoints } = await lab
    .provider()
    .provision(specOf([web({ ports: [1, 2, 3].map((container_port) => ({ container_port })) })]));
  const [low = 0, high = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
  expect(endpoints).toHaveLength(3);
  for (const { port } of endpoints) expect(port < low || port > high).toBe(true);
});
