import { randomBytes } from 'node:crypto';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';
import { ThrottledError } from '../../../src/compute/errors.ts';
import type { ExecProgram } from '../../../src/compute/exec/exec.ts';
import { isSame } from '../access/token.ts';

/** How long a program waits for its caller to connect, in milliseconds. */
const CONNECT_MS = 15_000;
/** Each session has a process, and perhaps a terminal, of which the system has a limited number. */
const MOST_SESSIONS = 100;

interface Waiting {
  program: ExecProgram;
  token: string;
  timer: NodeJS.Timeout;
}

/** The path of the stream of a session. */
export const STREAM_PATH = /^\/v1\/sessions\/([a-z0-9.-]{1,200})$/;

/** The sessions of programs on this machine: those that wait for their caller, and those that are connected. */
export class LocalSessions {
  readonly #waiting = new Map<string, Waiting>();
  readonly #programs = new Set<ExecProgram>();

  /** Makes a program reachable for one caller. Throws `ThrottledError` where too many sessions are open. */
  readonly open = (sessionId: string, program: ExecProgram): { stream_url: string; token: string } => {
    if (this.#programs.size >= MOST_SESSIONS) throw new ThrottledError(`${MOST_SESSIONS} sessions are open`);
    const token = randomBytes(32).toString('base64url');
    const timer = setTimeout(() => {
      this.#waiting.delete(sessionId);
      program.hangUp();
    }, CONNECT_MS);
    this.#waiting.set(sessionId, { program, token, timer });
    this.#programs.add(program);
    void program.ended.then(() => this.#programs.delete(program));
    return { stream_url: `/v1/sessions/${sessionId}`, token };
  };

  /** Returns the program of a session, once. Throws `HttpError` for a wrong token, and where nothing waits any more. */
  take(sessionId: string, token: string): ExecProgram {
    const waiting = this.#waiting.get(sessionId);
    if (!waiting || !isSame(waiting.token, token)) {
      throw new HttpError('route_not_found', 'no session waits here with this token; start another one');
    }
    this.#waiting.delete(sessionId);
    clearTimeout(waiting.timer);
    return waiting.program;
  }

  /** Ends all sessions. Resolves when they have ended. */
  async close(): Promise<void> {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    const open = [...this.#programs];
    for (const program of open) program.hangUp();
    await Promise.all(open.map(({ ended }) => ended));
  }
}
