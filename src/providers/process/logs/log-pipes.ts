import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { defaultPath } from '../config.ts';

/*
 * Standard output and error of a container are a pipe, as programs expect: a program that opens /dev/stderr anew gets the
 * same pipe, and where it were a file, would truncate it. What is in the pipe has to get into the log while no host runs,
 * so a process beside the host copies it, the log copier. One copier serves all tenants of a data folder: it sleeps until
 * a pipe has something to read, and a process for each tenant would cost more than most tenants do.
 *
 * The pipes have names in the file system, `logs/INSTANCE.pipe`, so that any host and any copier can open them. Three facts
 * about named pipes (fifo(7)) stand for all bookkeeping:
 *
 *   A pipe without a reader refuses a writer that does not wait (ENXIO). So a host knows whether a copier is there: it
 *   opens the copier's own pipe, `.locks/.copier.pipe`, through which it announces the pipes of new containers.
 *
 *   A reader ends when the last writer is gone. So the copier knows when a container and all its children have ended, and
 *   when the last host has. It ends itself when it has nothing left to do.
 *
 *   A process that has a pipe open to read and to write is both. Containers get their output that way. So a container
 *   whose copier was killed gets no SIGPIPE: its output waits in the pipe, up to 64 KB, and then the container waits too.
 *   A host looks for the copier every three seconds and starts another one, which opens every pipe that has a writer.
 *
 * The kill of a host loses nothing, and the kill of a copier what it had read and not yet written: one read of 64 KB. Where
 * no host and no copier is left, containers that write much come to a halt until a host starts again.
 */

const { O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_WRONLY } = constants;
const run = promisify(execFile);
const COPIER = fileURLToPath(new URL(`copier${extname(import.meta.url)}`, import.meta.url));

/** How long a copier may take to start, and to open a pipe. */
const PATIENCE_MS = 15_000;
/** How long the copier may take to read what the containers of a tenant have written. */
const SYNC_MS = 1000;

export class LogPipes {
  readonly #root: string;
  /** The copier's pipe, open to write. As long as it is open, the copier stays. */
  #control: number | undefined;
  #connecting: Promise<number> | undefined;
  #copier: ChildProcess | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Returns a descriptor of the pipe of an instance, for the output of a process. The copier reads the pipe by then. The
   * caller closes the descriptor.
   */
  async open(tenantId: string, instanceId: string): Promise<number> {
    const path = join(this.#root, tenantId, 'logs', `${instanceId}.pipe`);
    await ensurePipe(path);
    if (await this.#request(`open ${tenantId}/${instanceId}`, PATIENCE_MS)) return openSync(path, O_RDWR | O_NOFOLLOW);
    throw Object.assign(new Error('the log copier does not open the pipe'), { code: 'ETIMEDOUT' });
  }

  /** Returns when all output of a tenant until now is in its logs, or after a second. Without a copier, at once. */
  async sync(tenantId: string): Promise<void> {
    if (hasReader(this.#controlPath)) await this.#request(`sync ${tenantId}`, SYNC_MS).catch(() => undefined);
  }

  /** Starts a copier if there is none. */
  async ensureCopier(): Promise<void> {
    await this.#connect();
  }

  /** Lets the copier end once no container needs it. */
  close(): void {
    if (this.#control !== undefined) closeSync(this.#control);
    this.#control = undefined;
  }

  /** Returns the copier's pipe. A copier that was killed leaves one that nothing reads. */
  #connect(): Promise<number> {
    if (this.#control !== undefined && hasReader(this.#controlPath)) return Promise.resolve(this.#control);
    this.#connecting ??= this.#startCopier().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #startCopier(): Promise<number> {
    this.close();
    await ensurePipe(this.#controlPath);
    const deadline = performance.now() + PATIENCE_MS;
    while (this.#control === undefined) {
      try {
        this.#control = openSync(this.#controlPath, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
      } catch (error) {
        if (codeOf(error) !== 'ENXIO' || performance.now() > deadline) throw error;
        this.#copier ??= this.#spawnCopier();
        await sleep(5);
      }
    }
    return this.#control;
  }

  /** The copier inherits nothing, has a session of its own, and no folder that would stay in use. */
  #spawnCopier(): ChildProcess {
    const flags = ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'];
    const options = { cwd: '/', env: {}, detached: true, stdio: 'ignore' } as const;
    const copier = spawn(process.execPath, [...flags, COPIER, this.#root], options);
    const forget = () => {
      if (this.#copier === copier) this.#copier = undefined;
    };
    copier.on('exit', forget).on('error', forget).unref();
    return copier;
  }

  /**
   * Sends the copier a request. Makes a file that the copier removes when it has done it: that works on a full disk, too.
   * Returns false if the copier has not done it in time. A copier that was killed meanwhile is asked anew.
   */
  async #request(message: string, limitMs: number): Promise<boolean> {
    const token = randomUUID();
    const file = join(this.#root, '.locks', `.request-${token}`);
    writeFileSync(file, '', { mode: 0o600 });
    try {
      const deadline = performance.now() + limitMs;
      do {
        send(await this.#connect(), `${message} ${token}\n`);
        for (let tries = 0; tries < 100; tries += 1) {
          if (!existsSync(file)) return true;
          await sleep(1);
        }
      } while (performance.now() < deadline);
      return false;
    } finally {
      rmSync(file, { force: true });
    }
  }

  get #controlPath(): string {
    return join(this.#root, '.locks', '.copier.pipe');
  }
}

function send(control: number, message: string): void {
  try {
    writeSync(control, message);
  } catch {
    // EPIPE: the copier has died. EAGAIN: it has not read earlier messages yet. Both are sent again.
  }
}

/** Makes a named pipe, with the program that every system has for it: Node has no call. */
async function ensurePipe(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isFIFO()) return;
  if (there) await rm(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await makePipe(path);
  } catch (error) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFIFO()) return; // another host was first, or another pipe failed
    const isFull = String((error as { stderr?: unknown }).stderr).includes('No space left');
    throw isFull ? Object.assign(new Error('no space for a pipe', { cause: error }), { code: 'ENOSPC' }) : error;
  }
}

let asked: string[] = [];
let current: Promise<unknown> = Promise.resolve();
let next: Promise<unknown> | undefined;

/** Makes a pipe. All that are asked for while others are made come next, with one start of the program. */
function makePipe(path: string): Promise<unknown> {
  asked.push(path);
  next ??= current
    .catch(() => undefined)
    .then(() => {
      const paths = asked;
      asked = [];
      next = undefined;
      current = run('mkfifo', ['-m', '600', ...paths], { env: { PATH: defaultPath(), LC_ALL: 'C' } });
      return current;
    });
  return next;
}

/** Returns true if a process has a pipe open to read. */
function hasReader(path: string): boolean {
  try {
    closeSync(openSync(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW));
    return true;
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
