/** Why a container cannot be created or started, in words for the user. */
export interface ContainerFailure {
  message: string;
  /** The next step, where the default hint of the error code is too general. */
  hint?: string | undefined;
  /** A name or port it needs belongs to something else. */
  isConflict?: boolean | undefined;
  /** The host port that is in use. */
  port?: number | undefined;
}

/** Ends a rollout. The provider turns it into the `ComputeError` of the operation. */
export class ContainerFailureError extends Error {
  readonly failure: ContainerFailure;

  constructor(failure: ContainerFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

interface KnownReason {
  pattern: RegExp;
  failure(match: RegExpExecArray): ContainerFailure;
}

/**
 * Reasons that engines give; the first match counts. Their wording changes between versions, so an unknown reason is quoted.
 * A reason may quote the container's command, which is tenant text of any length: each pattern must run in linear time.
 */
const knownReasons: readonly KnownReason[] = [
  { pattern: /Bind for \S*:(\d+) failed: port is already allocated/, failure: ([, port]) => portInUse(Number(port)) },
  { pattern: /listen \w+ \S*:(\d+): bind: address already in use/, failure: ([, port]) => portInUse(Number(port)) },
  { pattern: /failed to bind host port (?:for )?\S*?:(\d+)[:/]/, failure: ([, port]) => portInUse(Number(port)) },
  {
    pattern:
      /executable file not found|exec: "[^"]*": stat [^:]*: no such file|(?:^|: )exec [^:]*: no such file or directory/,
    failure: () => ({
      message: 'its command is not in the image',
      hint: 'Correct command, which replaces the entrypoint of the image, or choose an image that contains it.',
    }),
  },
  {
    pattern: /exec: "[^"]*":[^:]*permission denied|(?:^|: )exec [^:]*:[^:]*permission denied/,
    failure: () => ({ message: 'the user of the image is not permitted to execute its command' }),
  },
  {
    pattern: /exec format error/,
    failure: () => ({ message: "its image is built for another processor architecture than the engine's host" }),
  },
  {
    pattern: /no command specified/i,
    failure: () => ({ message: 'its image defines no command, and the specification sets none' }),
  },
  {
    pattern: /No such image/i,
    failure: () => ({ message: 'its image is not on the engine', hint: 'Provision again: missing images are pulled.' }),
  },
  {
    pattern: /Range of CPUs is from \S+ to ([\d.]+)/,
    failure: (match) => ({
      message: `it requests more CPU than the ${match[1]} cores of the engine's host`,
      hint: 'Request less cpu, or use an engine on a larger host.',
    }),
  },
  {
    pattern: /bind source path does not exist/,
    failure: () => ({ message: "a folder that it mounts does not exist on the engine's host" }),
  },
  {
    pattern: /Client sent an HTTP request to an HTTPS server/i,
    failure: () => ({
      message: 'the engine accepts only TLS at this endpoint',
      hint: 'The operator has to set tls for this provider: the files of a certificate that the engine accepts.',
    }),
  },
  {
    pattern: /non-overlapping IPv4 address pool|all predefined address pools have been fully subnetted/,
    failure: () => ({
      message: 'the engine has no address range left for another network',
      hint: 'Remove unused networks, or give the engine more ranges with default-address-pools.',
    }),
  },
  { pattern: /no space left on device/, failure: () => diskFull },
];

export const diskFull: ContainerFailure = {
  message: "the disk of the engine's host is full",
  hint: 'Remove unused images, or make room.',
};

export function portInUse(port: number): ContainerFailure {
  return {
    message: `host port ${port} is already in use on the engine's host`,
    hint: 'Free the port, or request another host_port. Without host_port a free one is chosen.',
    isConflict: true,
    port,
  };
}

export function nameInUse(kind: 'network' | 'container', name: string): ContainerFailure {
  const message = `the ${kind} ${name} exists and does not carry Berth's labels. Rename or remove it.`;
  return { message, isConflict: true };
}

/** Maps the text of an engine's refusal to a failure. */
export function toFailure(reason: string): ContainerFailure {
  for (const { pattern, failure } of knownReasons) {
    const match = pattern.exec(reason);
    if (match) return failure(match);
  }
  return { message: `the engine refused the request: ${reason}` };
}
