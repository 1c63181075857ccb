import { readFileSync, write } from 'node:fs';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { UnsupportedError } from '../../../compute/errors.ts';
import type { Connection, Start } from './connection.ts';

const writeTo = promisify(write);

/** How often a terminal is tried again whose buffer is full, or whose program has not ended yet. Milliseconds. */
const RETRY_MS = 5;

/** The part of node-pty that is used. Its types do not tell the descriptor of the terminal. */
interface Pty {
  readonly pid: number;
  readonly fd: number;
  onData(listener: (data: string) => void): void;
  onExit(listener: (end: { exitCode: number; signal?: number }) => void): void;
  pause(): void;
  resume(): void;
  resize(columns: number, rows: number): void;
  /** The reading end of the terminal. */
  readonly _socket: Duplex;
}

/**
 * Starts a program in a terminal of its own, as the leader of a session. Throws `UnsupportedError` on a system for which
 * node-pty has no binary.
 */
export async function startInTerminal({ argv, env, cwd, columns = 80, rows = 24 }: Start): Promise<Connection> {
  const [program = '', ...args] = argv;
  const { spawn } = await loadPty();
  const pty = spawn(program, args, {
    name: env.TERM ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env,
    encoding: null,
  }) as unknown as Pty;
  keepOpenUntilItsEnd(pty);
  const { promise: exited, resolve } = Promise.withResolvers<number>();
  let isOver = false;
  pty.onExit(({ exitCode, signal }) => {
    isOver = true;
    resolve(signal ? 128 + signal : exitCode);
  });
  // node-pty drops what was not read 200 ms after the end of the program. It is little then: the buffer of the terminal.
  let looking: NodeJS.Timeout | undefined;
  const resume = () => {
    clearInterval(looking);
    looking = undefined;
    pty.resume();
  };
  const pause = () => {
    if (isOver || looking) return;
    pty.pause();
    looking = setInterval(() => {
      if (!isRunning(pty.pid)) resume();
    }, 20);
  };
  return {
    pid: pty.pid,
    exited,
    closed: exited.then(() => undefined),
    onOutput: (listener) => pty.onData((data) => listener('stdout', data as unknown as Buffer)),
    pause,
    resume,
    write: (bytes) => writeAll(pty.fd, bytes, () => isOver),
    endInput: () => void writeAll(pty.fd, Buffer.from([END_OF_FILE]), () => isOver),
    resize(newColumns, newRows) {
      if (!isOver) pty.resize(newColumns, newRows);
    },
  };
}

/**
 * Keeps the terminal open as long as its program runs. Many programs close their output just before they end, and node-pty
 * closes the terminal then: the system would send SIGHUP to the program, and lose its exit code.
 */
function keepOpenUntilItsEnd({ pid, _socket: socket }: Pty): void {
  const destroy = socket._destroy;
  socket._destroy = (error, callback) => {
    const looking = setInterval(() => {
      if (isRunning(pid)) return;
      clearInterval(looking);
      destroy.call(socket, error, callback);
    }, RETRY_MS);
  };
}

/** Ctrl-D. A terminal in its usual mode tells the program the end of its input. */
const END_OF_FILE = 4;

/**
 * Writes to the terminal without ever waiting in the event loop. node-pty's own `write` would: a program that echoes a long
 * text fills the terminal's buffer until its echo is read, which the same loop has to do.
 */
async function writeAll(fd: number, bytes: Uint8Array, isOver: () => boolean): Promise<void> {
  for (let rest = bytes; rest.length > 0 && !isOver(); ) {
    try {
      const { bytesWritten } = await writeTo(fd, rest);
      rest = rest.subarray(bytesWritten);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return; // the program has ended
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Returns false for a process that has ended, whether or not it was reaped. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

async function loadPty() {
  try {
    return await import('@lydell/node-pty');
  } catch (error) {
    throw new UnsupportedError('this machine has no terminal for programs: node-pty has no binary for its system', {
      hint: 'Run the program without a terminal: berth exec -T.',
      cause: error,
    });
  }
}
