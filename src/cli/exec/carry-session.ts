import { WebSocket } from 'ws';
import { decodeOutput, encodeInput } from '../../client/exec/frames.ts';
import type { SessionStream } from '../../client/types.ts';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { InterruptedError } from '../interrupted-error.ts';
import type { Session } from '../session.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import type { OutputStream } from '../terminal/terminal.ts';
import { terminalSize } from './terminal-size.ts';

/** How much input may be under way before standard input has to wait. */
const FULL_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** How a session ended for its user. */
type End = { code: number } | { reason: string };

/**
 * Connects standard input and output to the program of a session, until either ends. With `tty`, the terminal is raw
 * meanwhile: every key goes to the program. Returns the exit code of the program, or 255 if the session ended before it.
 */
export async function carrySession(
  { host, terminal, signal }: Session,
  { url, protocols, headers }: SessionStream,
  { tty }: { tty: boolean },
): Promise<number> {
  const { stdin, stdout, stderr } = host;
  const socket = new WebSocket(url, [...protocols], { headers: { ...headers }, perMessageDeflate: false });
  const connected = opened(socket, signal);
  const output = readOutput(socket, { stdout, stderr });
  await connected;
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new InterruptedError()), { once: true });
  });
  interrupted.catch(() => undefined);
  const stopSizes = tty ? sendSizes(socket, stdout) : () => undefined;
  const stopInput = sendInput(socket, stdin);
  if (tty) stdin.setRawMode?.(true);
  try {
    const result = await Promise.race([output.ended, interrupted]);
    if ('code' in result) return result.code;
    if (tty) stdin.setRawMode?.(false);
    terminal.note(toSafeLine(`the session ended: ${result.reason}`));
    return exitCodes.sessionEnded;
  } catch (error) {
    if (error instanceof InterruptedError) return exitCodes.interrupted;
    throw error;
  } finally {
    if (tty) stdin.setRawMode?.(false);
    stopSizes();
    stopInput();
    socket.terminate();
  }
}

/** Resolves when the connection is open. Throws `CommandError` if it is refused. */
function opened(socket: WebSocket, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const refused = (reason: string) =>
    reject(new CommandError(`the session cannot be joined: ${reason}`, 'Run the command again.'));
  socket.once('open', resolve);
  socket.once('unexpected-response', (request, response) => {
    request.destroy();
    refused(`the host answers with status ${response.statusCode}`);
  });
  socket.on('error', ({ message }) => refused(message));
  signal.addEventListener('abort', () => reject(new InterruptedError()), { once: true });
  return promise;
}

/** Writes what the program writes, as it is. Resolves when the session has ended, and all is written. */
function readOutput(socket: WebSocket, outputs: Record<'stdout' | 'stderr', OutputStream>): { ended: Promise<End> } {
  const { promise, resolve } = Promise.withResolvers<End>();
  let written = Promise.resolve();
  socket.on('message', (data) => {
    const frame = decodeOutput(data as Buffer);
    if (!frame) return resolve({ reason: 'the host sent what is no message of a session' });
    if (frame.kind === 'end') {
      const { end } = frame;
      void written.then(() => resolve('exit_code' in end ? { code: end.exit_code } : end));
    } else if (!outputs[frame.stream].write(frame.bytes)) {
      socket.pause();
      written = new Promise((drained) => outputs[frame.stream].once('drain', drained));
      void written.then(() => socket.resume());
    }
  });
  socket.on('close', () => void written.then(() => resolve({ reason: 'the connection to the host was lost' })));
  return { ended: promise };
}

function sendInput(socket: WebSocket, stdin: Session['host']['stdin']): () => void {
  const send = (frame: Parameters<typeof encodeInput>[0]) => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(encodeInput(frame), () => {
      if (socket.bufferedAmount < FULL_BYTES && stdin.isPaused()) stdin.resume();
    });
  };
  const onData = (data: Buffer | string) => {
    const bytes = Buffer.from(data);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      send({ kind: 'input', bytes: bytes.subarray(at, at + CHUNK_BYTES) });
    }
    if (socket.bufferedAmount >= FULL_BYTES) stdin.pause();
  };
  const onEnd = () => send({ kind: 'end_of_input' });
  stdin.on('data', onData);
  stdin.once('end', onEnd);
  stdin.once('error', onEnd);
  return () => {
    stdin.off('data', onData);
    stdin.pause();
    stdin.unref?.();
  };
}

/** Tells the host the size of the terminal, now and whenever it changes. */
function sendSizes(socket: WebSocket, stdout: OutputStream): () => void {
  const send = () => {
    if (socket.readyState === socket.OPEN) socket.send(encodeInput({ kind: 'resize', ...terminalSize(stdout) }));
  };
  send();
  stdout.on('resize', send);
  return () => void stdout.off('resize', send);
}
