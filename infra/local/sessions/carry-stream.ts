import type { RawData, WebSocket } from 'ws';
import { decodeInput, encodeOutput } from '../../../src/client/exec/frames.ts';
import type { ExecEnd, ExecProgram } from '../../../src/compute/exec/exec.ts';

/** The close codes of RFC 6455. */
const [NORMAL, PROTOCOL_ERROR] = [1000, 1002];

/**
 * Carries input and output between a caller and a program, until either ends. Neither side can fill the memory of the host:
 * a program waits for a slow caller, and a caller for a slow program.
 */
export async function carryStream(socket: WebSocket, program: ExecProgram): Promise<void> {
  socket.on('close', () => program.hangUp());
  socket.on('error', () => socket.terminate());
  receive(socket, program);
  for await (const output of program.output) {
    if (socket.readyState === socket.OPEN) await send(socket, encodeOutput({ kind: 'output', ...output }));
  }
  await send(socket, encodeOutput({ kind: 'end', end: shown(await program.ended) }));
  socket.close(NORMAL);
}

/** Messages are passed on one after the other. While the program reads nothing, nothing is read from the caller. */
function receive(socket: WebSocket, program: ExecProgram): void {
  let written = Promise.resolve();
  let waiting = 0;
  socket.on('message', (data: RawData, isBinary) => {
    const frame = isBinary ? decodeInput(data as Buffer) : undefined;
    if (!frame) return socket.close(PROTOCOL_ERROR, 'this is no message of berth.exec.v1');
    if (frame.kind === 'resize') return program.resize(frame.columns, frame.rows);
    waiting += 1;
    socket.pause();
    written = written.then(async () => {
      if (frame.kind === 'input') await program.write(frame.bytes);
      else program.endInput();
      waiting -= 1;
      if (waiting === 0) socket.resume();
    });
  });
}

function send(socket: WebSocket, message: Uint8Array): Promise<void> {
  return new Promise((resolve) => socket.send(message, () => resolve()));
}

/** What ended the session is told to its user, who did not hang up. */
function shown(end: ExecEnd): ExecEnd {
  return 'reason' in end && end.reason === 'it was hung up' ? { reason: 'the host has stopped' } : end;
}
