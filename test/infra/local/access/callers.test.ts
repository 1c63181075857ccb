import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Access } from '../../../../infra/local/access/access.ts';
import { send, startTestServer } from '../fixture.ts';

const processProvider = { process: { type: 'process' } };

/** A program of the shell alone, so that every user can run it: sends a request, and prints the response. */
function requestOf(url: string, line = 'GET /v1/tenants HTTP/1.1'): string {
  const head = `${line}\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n`;
  return `exec 3<>/dev/tcp/127.0.0.1/${new URL(url).port}; printf '${head}' >&3; cat <&3`;
}

interface Caller {
  uid?: number;
  env?: Record<string, string>;
  detached?: boolean;
  /** Words before the shell. */
  prefix?: string[];
}

async function call(program: string, { prefix = [], env = {}, ...caller }: Caller = {}): Promise<string> {
  const [command = '', ...args] = [...prefix, 'bash', '-c', program];
  const { PATH = '' } = process.env;
  const options = { cwd: '/', env: { PATH, ...env }, stdio: ['ignore', 'pipe', 'inherit'] as const, ...caller };
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return (await child.stdout.setEncoding('utf8').toArray()).join('');
}

describe.runIf(process.platform === 'linux')('without a token', () => {
  test('another process of this user is served', async () => {
    const { url } = await startTestServer({ providers: processProvider });
    expect(await call(requestOf(url))).toContain('HTTP/1.1 200 OK');
  });

  test.runIf(process.getuid?.() === 0)('a process of another user is refused, and told what to do', async () => {
    const { url } = await startTestServer();
    const answer = await call(requestOf(url), { uid: 65_534 });
    expect(answer).toContain('HTTP/1.1 403 Forbidden');
    expect(answer).toContain('"code":"forbidden_caller"');
    expect(answer).toContain('the caller is a process of another user of this machine');
    expect(answer).toContain('start the host with --token');
  });

  const marks = { BERTH_RUN: 'a-run', BERTH_TENANT_ID: 'acme' };
  test.each<[string, string[], string?]>([
    ['itself', []],
    ['with an emptied environment', ['bash', '-c', 'env -i "$@"; true', 'sh']],
    ['in a session of its own', ['setsid', '--wait']],
    ['with neither', ['bash', '-c', 'env -i setsid --wait "$@"; true', 'sh']],
  ])('a process of a tenant is refused: %s', async (_, prefix) => {
    const { url } = await startTestServer({ providers: processProvider });
    const answer = await call(requestOf(url, 'DELETE /v1/tenants/other HTTP/1.1'), {
      env: marks,
      detached: true,
      prefix,
    });
    expect(answer).toContain('HTTP/1.1 403 Forbidden');
    expect(answer).toContain('the caller is a process of a tenant');
  });

  test('a container of the process provider is refused, although its command empties its environment', async () => {
    const { url } = await startTestServer({ providers: processProvider });
    const command = ['env', '-i', 'bash', '-c', `(${requestOf(url)}); exec sleep 60`];
    const spec = {
      tenant_id: 'acme',
      provider_type: 'process',
      resources: { cpu: 256, memory: 512 },
      containers: [{ name: 'web', image: 'none', command }],
    };
    const made = await send(url, 'POST', '/v1/tenants', { body: spec });
    expect([201, 202]).toContain(made.status);
    const lines = async () => (await send(url, 'GET', '/v1/tenants/acme/logs')).text;
    await expect.poll(lines).toContain('the caller is a process of a tenant');
    await send(url, 'DELETE', '/v1/tenants/acme');
  });

  test('a connection is judged once, and a caller that closed its socket is refused', async () => {
    const judged: number[] = [];
    const access = new Access({
      token: undefined,
      isTenantSocket: () => false,
      findPeer: ({ remotePort = 0 }) => {
        judged.push(remotePort);
        return judged.length > 1 ? undefined : { uid: process.geteuid?.() ?? 0, inode: '1' };
      },
    });
    const server = createServer((request, response) => response.end(access.refusalOf(request)?.code ?? 'served'));
    server.on('connection', (socket) => access.judge(socket)).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const ask = async () => {
      const [response] = (await once(request(url, { agent }).end(), 'response')) as [IncomingMessage];
      return (await response.toArray()).join('');
    };
    expect([await ask(), await ask()]).toEqual(['served', 'served']);
    expect(judged).toHaveLength(1);
    agent.destroy();
    expect((await send(url, 'GET', '/', { foreign: true })).text).toBe('forbidden_caller');
  });
});
