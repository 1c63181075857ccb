import { request as connectTo, createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FrontDoor } from '../../../../infra/local/door/front-door.ts';
import type { FindOptions, Route } from '../../../../infra/local/door/routes.ts';
import { silentLogger } from '../../../../src/compute/logger.ts';
import { send } from '../../../e2e/door/load.ts';

async function tenant(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return { server, port: (server.address() as AddressInfo).port };
}

/** Opens a door that finds routes as `find` tells. */
async function doorTo(find: (host: string, options: FindOptions) => Partial<Route> | number) {
  const door = new FrontDoor();
  await door.listen(0);
  onTestFinished(() => door.close());
  const ends = { count: 0 };
  door.open({
    logger: silentLogger,
    routes: {
      async find(host, options = {}) {
        const found = find(host, options);
        const route = typeof found === 'number' ? { kind: 'open', port: found } : found;
        const end = () => {
          ends.count += 1;
        };
        return { tenantId: 'acme', address: '127.0.0.1', end, ...route } as Route;
      },
    },
  });
  return { port: door.port ?? 0, ends };
}

const host = 'acme.localhost:8788';

describe('a request', () => {
  test('reaches the tenant as it was sent, with where it comes from, and its answer comes back', async () => {
    const { port } = await tenant(async (request, response) => {
      const body = (await request.setEncoding('utf8').toArray()).join('');
      response.setHeader('set-cookie', ['a=1; Domain=localhost; Path=/', 'b=2; domain=.LOCALHOST', 'c=3; Path=/']);
      response.writeHead(201).end(JSON.stringify({ url: request.url, body, ...request.headers }));
    });
    const door = await doorTo(() => port);
    const headers = {
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-host': 'evil',
      forwarded: 'for=1.2.3.4',
      cookie: 'a=1',
    };
    const sent = await send({ port: door.port, host, method: 'POST', path: '/a%2fb?c=d', headers });
    expect(sent.status).toBe(201);
    expect(JSON.parse(sent.body)).toMatchObject({
      url: '/a%2fb?c=d',
      body: 'a body',
      host,
      cookie: 'a=1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': host,
      'x-forwarded-proto': 'http',
    });
    expect(sent.body).not.toContain('1.2.3.4');
    expect(sent.headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2', 'c=3; Path=/']);
    await expect.poll(() => door.ends.count).toBeGreaterThan(0);
  });

  test('is answered piece by piece', async () => {
    const first = Promise.withResolvers<void>();
    const { port } = await tenant(async (_, response) => {
      response.write('first');
      await first.promise;
      response.end('second');
    });
    const door = await doorTo(() => port);
    const pieces: string[] = [];
    await new Promise<void>((resolve) => {
      connectTo({ host: '127.0.0.1', port: door.port, headers: { host } }, async (response) => {
        for await (const piece of response.setEncoding('utf8')) {
          pieces.push(piece);
          first.resolve();
        }
        resolve();
      }).end();
    });
    expect(pieces).toEqual(['first', 'second']);
  });

  test('is sent again if it is safe and the tenant was gone, and any other is not', async () => {
    const { server, port: gone } = await tenant(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    const { port } = await tenant((request, response) => response.end(request.method));
    const door = await doorTo((_, { fresh }) => (fresh ? port : gone));
    expect(await send({ port: door.port, host, method: 'GET' })).toMatchObject({ status: 200, body: 'GET' });
    const posted = await send({ port: door.port, host, method: 'POST' });
    expect(posted.status).toBe(503);
    expect(posted.headers['retry-after']).toBe('2');
  });

  test('that the tenant breaks off is answered by a page', async () => {
    const { port } = await tenant((request) => request.socket.destroy());
    const door = await doorTo(() => port);
    expect(await send({ port: door.port, host, method: 'POST' })).toMatchObject({ status: 502 });
  });

  test('of a slow tenant or visitor holds up no other', async () => {
    const slow = await tenant(() => undefined);
    const { port } = await tenant((_, response) => response.end('quick'));
    const door = await doorTo((name) => (name === 'slow.localhost' ? slow.port : port));
    const controller = new AbortController();
    for (let count = 0; count < 20; count += 1) {
      connectTo({ host: '127.0.0.1', port: door.port, headers: { host: 'slow.localhost' }, signal: controller.signal })
        .on('error', () => undefined)
        .end();
      connect(door.port, '127.0.0.1')
        .on('error', () => undefined)
        .write('GET / HTTP/1.1\r\nHost: quick');
    }
    expect(await send({ port: door.port, host: 'quick.localhost', method: 'GET' })).toMatchObject({ body: 'quick' });
    controller.abort();
    await expect.poll(() => door.ends.count).toBeGreaterThan(20);
  });
});

describe('a page is shown', () => {
  test('as text, or as HTML to browsers', async () => {
    const door = await doorTo(() => ({ kind: 'unknown' }));
    const text = await send({ port: door.port, host: '<b>.localhost', method: 'GET' });
    expect(text).toMatchObject({
      status: 404,
      body: 'No such tenant\n\nNo tenant of this machine is at <b>.localhost.\n',
    });
    const headers = { accept: 'text/html,*/*' };
    const html = await send({ port: door.port, host: '<b>.localhost', method: 'GET', headers });
    expect(html.body).toContain('at &#60;b&#62;.localhost.');
    expect(html.headers['content-security-policy']).toContain("default-src 'none'");
  });

  test('where nothing serves, and until the control plane is ready', async () => {
    const door = await doorTo(() => ({ kind: 'closed', reason: 'It is stopped.' }));
    const answer = await send({ port: door.port, host, method: 'GET' });
    expect(answer).toMatchObject({ status: 503, body: 'acme is not available\n\nIt is stopped. Try again later.\n' });
    expect(answer.headers['retry-after']).toBe('2');
    const early = new FrontDoor();
    await early.listen(0);
    onTestFinished(() => early.close());
    expect(await send({ port: early.port ?? 0, host, method: 'GET' })).toMatchObject({ status: 503 });
  });

  test.each([
    ['two host headers', 'GET / HTTP/1.1\r\nHost: a.localhost\r\nHost: b.localhost\r\n\r\n', '400'],
    ['no host header', 'GET / HTTP/1.0\r\n\r\n', '400'],
    ['an absolute target', 'GET http://127.0.0.1:8787/ HTTP/1.1\r\nHost: a.localhost\r\n\r\n', '400'],
    ['long headers', `GET / HTTP/1.1\r\nHost: a.localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
  ])('for %s', async (_, bytes, status) => {
    const door = await doorTo(() => ({ kind: 'unknown' }));
    const socket = connect(door.port, '127.0.0.1').setEncoding('utf8');
    socket.on('error', () => undefined).end(bytes);
    const [answer] = await socket.take(1).toArray();
    expect(answer).toContain(`HTTP/1.1 ${status} `);
  });
});

describe('a WebSocket', () => {
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };

  test('is connected, and carries bytes in both directions', async () => {
    const { server, port } = await tenant(() => undefined);
    server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.pipe(socket);
    });
    const door = await doorTo(() => port);
    const sent = connectTo({ host: '127.0.0.1', port: door.port, headers: { host, ...upgrade } });
    sent.end();
    const echoed = await new Promise<string>((resolve) => {
      sent.on('upgrade', (_, socket) => {
        socket.setEncoding('utf8').once('data', (text) => {
          socket.destroy();
          resolve(text as unknown as string);
        });
        socket.write('frame');
      });
    });
    expect(echoed).toBe('frame');
    await expect.poll(() => door.ends.count).toBe(1);
  });

  test('to a tenant that does not serve gets the page', async () => {
    const door = await doorTo(() => ({ kind: 'closed', reason: 'It is stopped.' }));
    const answer = await send({ port: door.port, host, method: 'GET', headers: upgrade });
    expect(answer).toMatchObject({ status: 503, body: expect.stringContaining('It is stopped.') });
  });
});

test('a port that is taken is told, with what to do', async () => {
  const { port } = await tenant(() => undefined);
  await expect(new FrontDoor().listen(port)).rejects.toThrow(
    `Port ${port} of the front door is taken.\n` +
      'Choose another with --front-door-port; 0 finds a free one, and off goes without.',
  );
});
