import type { EngineError } from './engine-error.ts';

/** Why a version cannot come up, in words for the user. */
export interface Trouble {
  message: string;
  /** What to do, where the catalog of errors does not know better. */
  hint?: string | undefined;
  /** Something that it needs is in other hands. */
  isConflict?: boolean | undefined;
  /** The port that is. */
  port?: number | undefined;
}

/** A version that cannot come up; becomes a `ComputeError` where it is known who asked for what. */
export class TroubleError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.message);
    this.trouble = trouble;
  }
}

interface Known {
  pattern: RegExp;
  trouble(match: RegExpExecArray): Trouble;
}

/**
 * What engines say, in the order of looking. Their words change between versions: what is not known is quoted. Engines quote
 * the command, which is a tenant's text of any length: no repetition of an expression may run over where it could begin anew.
 */
const known: readonly Known[] = [
  { pattern: /Bind for \S*:(\d+) failed: port is already allocated/, trouble: ([, port]) => portTaken(Number(port)) },
  { pattern: /listen \w+ \S*:(\d+): bind: address already in use/, trouble: ([, port]) => portTaken(Number(port)) },
  { pattern: /failed to bind host port (?:for )?\S*?:(\d+)[:/]/, trouble: ([, port]) => portTaken(Number(port)) },
  {
    pattern:
      /executable file not found|exec: "[^"]*": stat [^:]*: no such file|(?:^|: )exec [^:]*: no such file or directory/,
    trouble: () => ({
      message: 'its command is not in the image',
      hint: 'Correct command, which replaces the entrypoint of the image, or choose an image that has it.',
    }),
  },
  {
    pattern: /exec: "[^"]*":[^:]*permission denied|(?:^|: )exec [^:]*:[^:]*permission denied/,
    trouble: () => ({ message: 'its command may not be executed by the user of the image' }),
  },
  {
    pattern: /exec format error/,
    trouble: () => ({ message: 'its image is made for another kind of processor than the engine’s machine has' }),
  },
  {
    pattern: /no command specified/i,
    trouble: () => ({ message: 'its image has no command of its own, and command says none' }),
  },
  {
    pattern: /No such image/i,
    trouble: () => ({ message: 'its image is not on the engine', hint: 'Provision again: what is missing is pulled.' }),
  },
  {
    pattern: /Range of CPUs is from \S+ to ([\d.]+)/,
    trouble: (match) => ({
      message: `it asks for more CPU than the ${match[1]} cores that the engine’s machine has`,
      hint: 'Ask for less cpu, or use an engine on a larger machine.',
    }),
  },
  {
    pattern: /bind source path does not exist/,
    trouble: () => ({ message: 'a folder that it mounts is not there on the engine’s machine' }),
  },
  {
    pattern: /Client sent an HTTP request to an HTTPS server/i,
    trouble: () => ({
      message: 'the engine takes only TLS at this endpoint',
      hint: 'The operator has to set tls for this provider: the files of a certificate that the engine accepts.',
    }),
  },
  {
    pattern: /non-overlapping IPv4 address pool|all predefined address pools have been fully subnetted/,
    trouble: () => ({
      message: 'the engine has no addresses left for another network',
      hint: 'Remove networks that nobody uses, or give the engine more with default-address-pools.',
    }),
  },
  {
    pattern: /no space left on device/,
    trouble: () => ({
      message: 'the disk of the engine’s machine is full',
      hint: 'Remove images that nobody uses, or make room.',
    }),
  },
];

export function portTaken(port: number): Trouble {
  return {
    message: `host port ${port} of the engine’s machine is taken by another container or program`,
    hint: 'Free the port, or ask for another host_port, or for none to be given a free one.',
    isConflict: true,
    port,
  };
}

/** What an engine's text means. */
export function toTrouble(reason: string): Trouble {
  for (const { pattern, trouble } of known) {
    const match = pattern.exec(reason);
    if (match) return trouble(match);
  }
  return { message: `the engine refused it: ${reason}` };
}

export function troubleOf(error: EngineError): Trouble {
  return toTrouble(error.reason);
}
