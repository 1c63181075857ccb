import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { HealthCheck } from '../../../../src/compute/spec/spec.ts';
import { probedPort } from '../../../../src/providers/process/ports.ts';
import type { AssignedPort } from '../../../../src/providers/process/records/record.ts';
import { probe } from '../../../../src/providers/process/supervise/probe.ts';
import { lookUp } from '../../../../src/providers/process/supervise/process-table.ts';

const timing = { interval_seconds: 5, timeout_seconds: 4, healthy_threshold: 1, unhealthy_threshold: 1 };

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function portAt(host_port: number, container_port = 8080): AssignedPort {
  return { container_port, host_port, protocol: 'tcp', published: true };
}

function ask(check: Partial<HealthCheck>, ports: readonly AssignedPort[], env: Record<string, string> = {}) {
  const execOptions = async () => ({ env, cwd: import.meta.dirname });
  return probe({ check: { type: 'http', ...timing, ...check }, ports, execOptions }, new AbortController().signal);
}

describe('a health check goes to the container’s own port on the loopback address', () => {
  test.each([
    '//169.254.169.254/latest/meta-data/',
    '/@169.254.170.2/',
    '/http://169.254.169.254/',
    '/\\169.254.169.254/',
    '/..%2f..%2f',
    '/?url=file:///etc/passwd#x',
  ])('whatever its path is: %s', async (http_path) => {
    const asked: unknown[] = [];
    const port = await serve(({ url, headers }, response) => {
      asked.push([url, headers.host]);
      response.end();
    });
    expect(await ask({ http_path }, [portAt(port)])).toBeUndefined();
    expect(asked).toEqual([[http_path, `127.0.0.1:${port}`]]);
  });

  test('and follows no redirect', async () => {
    let reached = 0;
    const elsewhere = await serve((_, response) => {
      reached += 1;
      response.end();
    });
    const own = await serve((_, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${elsewhere}/` }).end(),
    );
    expect(await ask({}, [portAt(own)])).toBeUndefined();
    expect(reached).toBe(0);
  });

  test('and to no port of another listener', async () => {
    let reached = 0;
    const foreign = await serve((_, response) => {
      reached += 1;
      response.end();
    });
    for (const type of ['http', 'tcp'] as const) {
      expect(await ask({ type, port: foreign }, [portAt(1)])).toBe('it has no tcp port to be checked on');
    }
    expect(probedPort({ type: 'tcp', ...timing, port: 8080 }, [portAt(5001)])).toBe(5001);
    expect(reached).toBe(0);
  });

  test('and sends no path that would smuggle in a second request', async () => {
    let reached = 0;
    const port = await serve((_, response) => {
      reached += 1;
      response.end();
    });
    const smuggled = '/ HTTP/1.1\r\nHost: evil\r\n\r\nGET /admin';
    expect(await ask({ http_path: smuggled }, [portAt(port)])).toContain('the check failed');
    expect(reached).toBe(0);
  });
});

describe('a check of type exec', () => {
  test('has the environment of the container, and nothing of the host', async () => {
    vi.stubEnv('HOST_SECRET', 'canary');
    onTestFinished(() => void vi.unstubAllEnvs());
    const script = 'process.exit(process.env.HOST_SECRET === undefined && process.env.OWN === "1" ? 0 : 1)';
    const check = { type: 'exec' as const, command: [process.execPath, '-e', script] };
    expect(await ask(check, [], { OWN: '1' })).toBeUndefined();
    expect(await ask(check, [])).toBe('its check exited with code 1');
  });

  test('runs without a shell', async () => {
    const check = { type: 'exec' as const, command: ['true; exit 0'] };
    expect(await ask(check, [], { PATH: '/bin:/usr/bin' })).toBe('the check failed (ENOENT)');
  });

  test('uses the PATH of the container, and its NODE_OPTIONS affect the check alone', async () => {
    const check = { type: 'exec' as const, command: ['true'] };
    expect(await ask(check, [], { PATH: '/nowhere' })).toBe('the check failed (ENOENT)');
    const node = { type: 'exec' as const, command: [process.execPath, '-e', ''] };
    expect(await ask(node, [], { NODE_OPTIONS: '--require /nowhere/hook.js' })).toBe('its check exited with code 1');
    expect(await ask(node, [])).toBeUndefined();
  });
});

describe('a check of type exec that starts processes', () => {
  const check = (script: string, timeout_seconds = 4) => ({
    type: 'exec' as const,
    command: ['sh', '-c', script],
    timeout_seconds,
  });
  const pidIn = (file: string) => Number(readFileSync(file, 'utf8'));

  test.each([
    ['it succeeds', 'exit 0', 4, undefined],
    ['it fails', 'exit 1', 4, 'its check exited with code 1'],
    ['its time is over', 'wait', 0.3, 'no answer within 0.3 seconds'],
  ])('leaves none behind when %s', async (_, end, timeout, result) => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-probe-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'pid');
    expect(await ask(check(`sleep 1000 & echo $! > ${file}; ${end}`, timeout), [], { PATH: '/bin:/usr/bin' })).toBe(
      result,
    );
    await expect.poll(async () => (await lookUp(pidIn(file)))?.zombie ?? true).toBe(true);
  });
});
