import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { decodeOutput, EXEC_PROTOCOL, encodeInput, type OutputFrame } from '../../../../src/client/exec/frames.ts';
import { send, startTestServer } from '../fixture.ts';

const providers = { process: { type: 'process', exec: true, settle_seconds: 0.1, stop_grace_seconds: 0.3 } };
const spec = {
  tenant_id: 'acme',
  provider_type: 'process',
  containers: [{ name: 'web', image: 'app:1', command: ['sleep', '1000'] }],
  resources: { cpu: 128, memory: 128 },
};

async function hostWithTenant(options: Parameters<typeof startTestServer>[0] = {}, headers = {}) {
  const server = await startTestServer({ providers, ...options });
  onTestFinished(async () => void (await send(server.url, 'DELETE', '/v1/tenants/acme', { headers }).catch(() => 0)));
  await send(server.url, 'POST', '/v1/tenants', { body: spec, headers });
  const ready = async () => (await send(server.url, 'GET', '/v1/tenants/acme', { headers })).body.phase;
  await expect.poll(ready).toBe('ready');
  return server;
}

async function start(url: string, command: string[], headers = {}) {
  const { status, body } = await send(url, 'POST', '/v1/tenants/acme/exec', { body: { command }, headers });
  expect(status).toBe(201);
  return { path: String(body.stream_url), token: String(body.token) };
}

interface Connect {
  headers?: Record<string, string>;
  protocols?: string[];
}

function connect(url: string, { path, token }: { path: string; token: string }, { headers, protocols }: Connect = {}) {
  const offered = protocols ?? [EXEC_PROTOCOL, `token.${token}`];
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, offered, { ...(headers && { headers }) });
  onTestFinished(() => socket.terminate());
  const frames: (OutputFrame | undefined)[] = [];
  socket.on('message', (data) => frames.push(decodeOutput(data as Buffer)));
  const refused = new Promise<{ status: number; code: string }>((resolve) => {
    socket.on('error', () => undefined);
    socket.on('unexpected-response', async (request, response) => {
      const text = (await response.setEncoding('utf8').toArray()).join('');
      resolve({ status: response.statusCode ?? 0, code: JSON.parse(text).code });
      request.destroy();
    });
  });
  return { socket, frames, refused, closed: new Promise<number>((resolve) => void socket.on('close', resolve)) };
}

describe('the stream of a session', () => {
  test('carries input and output, and ends with the exit code', async () => {
    const { url } = await hostWithTenant();
    const session = connect(url, await start(url, ['sh', '-c', 'cat; echo error >&2; exit 4']));
    await once(session.socket, 'open');
    session.socket.send(encodeInput({ kind: 'input', bytes: Buffer.from('text') }));
    session.socket.send(encodeInput({ kind: 'end_of_input' }));
    expect(await session.closed).toBe(1000);
    const texts = session.frames.map((frame) =>
      frame?.kind === 'output' ? [frame.stream, Buffer.from(frame.bytes).toString()] : frame?.end,
    );
    expect(texts).toEqual([['stdout', 'text'], ['stderr', 'error\n'], { exit_code: 4 }]);
  });

  test('can be joined once, with its own token, by who may call the host, and by no web page', async () => {
    const { url } = await hostWithTenant();
    const session = await start(url, ['sleep', '1000']);
    const refusals: [Connect & { token?: string; path?: string }, number, string][] = [
      [{ token: 'x'.repeat(43) }, 404, 'route_not_found'],
      [{ path: '/v1/sessions/another' }, 404, 'route_not_found'],
      [{ protocols: [EXEC_PROTOCOL] }, 400, 'bad_request'],
      [{ protocols: [`token.${session.token}`] }, 400, 'bad_request'],
      [{ headers: { origin: 'http://attacker.example' } }, 403, 'forbidden_origin'],
      [{ headers: { origin: 'http://acme.localhost:8788' } }, 403, 'forbidden_origin'],
      [{ headers: { host: 'attacker.example' } }, 421, 'misdirected_request'],
    ];
    for (const [change, status, code] of refusals) {
      expect(await connect(url, { ...session, ...change }, change).refused).toEqual({ status, code });
    }
    const { socket } = connect(url, session);
    await once(socket, 'open');
    expect((await connect(url, session).refused).code).toBe('route_not_found');
  });

  test('needs the token of the host, too, where the host requires one', async () => {
    const server = await startTestServer({ providers, token: true });
    const headers = { authorization: `Bearer ${server.token?.value}` };
    onTestFinished(async () => void (await send(server.url, 'DELETE', '/v1/tenants/acme', { headers })));
    await send(server.url, 'POST', '/v1/tenants', { body: spec, headers });
    await expect
      .poll(async () => (await send(server.url, 'GET', '/v1/tenants/acme', { headers })).body.phase)
      .toBe('ready');
    const session = await start(server.url, ['sleep', '1000'], headers);
    expect(await connect(server.url, session).refused).toEqual({ status: 401, code: 'unauthorized' });
    await once(connect(server.url, session, { headers }).socket, 'open');
  });

  test('ends when its caller leaves, sends what is no message, or when the host stops', async () => {
    const { url, close, dataDir } = await hostWithTenant();
    const first = connect(url, await start(url, ['sleep', '1000']));
    await once(first.socket, 'open');
    first.socket.terminate();
    const second = connect(url, await start(url, ['sleep', '1000']));
    await once(second.socket, 'open');
    second.socket.send('text');
    expect(await second.closed).toBe(1002);
    const listed = async () => {
      const { body } = await send(url, 'GET', '/v1/operations?type=exec');
      return (body.operations as { message?: string }[]).map(({ message }) => message);
    };
    await expect.poll(listed).toEqual(['ended: it was hung up', 'ended: it was hung up']);
    const last = connect(url, await start(url, ['sleep', '1000']));
    await once(last.socket, 'open');
    const closing = close();
    await last.closed;
    expect(last.frames.at(-1)).toEqual({ kind: 'end', end: { reason: 'the host has stopped' } });
    await closing;
    const next = await startTestServer({ providers, dataDir });
    expect((await send(next.url, 'DELETE', '/v1/tenants/acme')).status).toBeLessThan(300);
  });

  test('ends with the tenant', async () => {
    const { url } = await hostWithTenant();
    const session = connect(url, await start(url, ['sleep', '1000']));
    await once(session.socket, 'open');
    await send(url, 'POST', '/v1/tenants/acme/stop');
    await session.closed;
    expect(session.frames.at(-1)).toMatchObject({ kind: 'end' });
    const { status, body } = await send(url, 'POST', '/v1/tenants/acme/exec', { body: { command: ['sh'] } });
    expect([status, body.code]).toEqual([409, 'tenant_stopped']);
  });
});

test('the activity tells who ran what, and when it ended', async () => {
  const { url } = await hostWithTenant();
  const session = connect(url, await start(url, ['sh', '-c', 'exit 6']));
  await session.closed;
  await send(url, 'POST', '/v1/tenants/acme/exec', { body: { command: ['no-such-program'] } });
  const { body } = await send(url, 'GET', '/v1/operations?type=exec');
  expect(body.operations).toMatchObject([
    { type: 'exec', state: 'failed', session: { command: 'no-such-program' }, error: { code: 'invalid_request' } },
    {
      type: 'exec',
      tenant_id: 'acme',
      state: 'succeeded',
      actor: 'local',
      session: { container: 'web', command: "sh -c 'exit 6'", tty: false },
      message: 'exited with code 6',
    },
  ]);
});

test('a program of a session cannot call the host', async () => {
  const { url } = await hostWithTenant();
  const { port } = new URL(url);
  const request = 'GET /v1/tenants HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n';
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf '${request}' >&3; cat <&3`;
  const session = connect(url, await start(url, ['bash', '-c', script]));
  await session.closed;
  const text = session.frames.map((frame) => (frame?.kind === 'output' ? Buffer.from(frame.bytes).toString() : ''));
  expect(text.join('')).toContain('forbidden_caller');
});

test('a body that is none is refused with every mistake', async () => {
  const { url } = await hostWithTenant();
  const mistakes: [object, string][] = [
    [{}, '/command'],
    [{ command: [] }, '/command'],
    [{ command: [''] }, '/command/0'],
    [{ command: ['a\0b'] }, '/command/0'],
    [{ command: Array.from({ length: 257 }, () => 'x') }, '/command'],
    [{ command: ['x'.repeat(40_000)] }, '/command'],
    [{ command: ['sh'], container: '../web' }, '/container'],
    [{ command: ['sh'], columns: 0 }, '/columns'],
    [{ command: ['sh'], rows: 100_000 }, '/rows'],
    [{ command: ['sh'], user: 'root' }, '/user'],
  ];
  for (const [body, pointer] of mistakes) {
    const reply = await send(url, 'POST', '/v1/tenants/acme/exec', { body });
    expect([reply.status, reply.body.errors?.[0]?.pointer]).toEqual([422, pointer]);
  }
});
