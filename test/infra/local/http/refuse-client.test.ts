import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { refuseClient } from '../../../../infra/local/http/refuse-client.ts';

test.each([
  ['HPE_INVALID_METHOD', 400],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_HEADER_OVERFLOW', 431],
])('after %s the socket is destroyed, although the caller keeps its half open', async (code, status) => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    refuseClient(Object.assign(new Error(code), { code }), socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  await once(server, 'listening');
  const caller = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void caller.destroy());
  const [socket] = await accepted;
  const closed = once(socket, 'close');
  const answer = (await caller.setEncoding('utf8').toArray()).join('');
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  await closed;
  expect(socket.destroyed).toBe(true);
  expect(caller.writable).toBe(true);
});
