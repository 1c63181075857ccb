import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { toResult } from '../../../functions/runtime/http/answer.ts';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';
import { toProblem } from '../../../functions/runtime/http/problem.ts';
import { EXEC_PROTOCOL, TOKEN_PREFIX } from '../../../src/client/exec/frames.ts';
import type { Logger } from '../../../src/compute/logger.ts';
import type { Access } from '../access/access.ts';
import { checkCaller } from '../http/check-caller.ts';
import { toResponse } from '../http/to-response.ts';
import { carryStream } from './carry-stream.ts';
import { type LocalSessions, STREAM_PATH } from './local-sessions.ts';

const MOST_BYTES = 1024 * 1024;

export interface UpgradesOptions {
  access: Pick<Access, 'refusalOf'>;
  sessions: LocalSessions;
  logger: Logger;
}

/** Returns true for a request that asks for the stream of a session. Any other upgrade is served as a plain request. */
export function isStreamRequest({ headers, url = '' }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && STREAM_PATH.test(url);
}

/** Returns what connects callers to their sessions. The request is judged as any other one, and needs a token besides. */
export function createUpgrades({ access, sessions, logger }: UpgradesOptions) {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has(EXEC_PROTOCOL) && EXEC_PROTOCOL,
  });
  return (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    try {
      const refusal = access.refusalOf(request);
      checkCaller(request.headers, request.headersDistinct.host);
      if (refusal) throw refusal;
      const program = sessions.take(STREAM_PATH.exec(request.url ?? '')?.[1] ?? '', tokenOf(request));
      socket.once('close', () => program.hangUp()); // also where the handshake fails
      sockets.handleUpgrade(request, socket, head, (connected) => {
        void carryStream(connected, program);
      });
    } catch (error) {
      const requestId = randomUUID();
      const problem = toProblem(error, requestId);
      logger.warn('session refused', { component: 'http', request_id: requestId, code: problem.body.code });
      const { status, headers, body } = toResponse(toResult(problem, requestId));
      const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
      socket.destroySoon();
    }
  };
}

/** Returns the token that the client offers beside the protocol. */
function tokenOf({ headers }: IncomingMessage): string {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const token = offered.find((protocol) => protocol.startsWith(TOKEN_PREFIX));
  if (token === undefined || !offered.includes(EXEC_PROTOCOL)) {
    throw new HttpError('bad_request', `offer the protocols ${EXEC_PROTOCOL} and ${TOKEN_PREFIX}TOKEN`);
  }
  return token.slice(TOKEN_PREFIX.length);
}
