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

/*
 * Reasons that engines give. Their wording changes between versions, so an unknown reason is quoted. A reason may quote the
 * container's command, which is tenant text of any length: each pattern must run in linear time.
 */
const portPatterns = [
  /Bind for \S*:(\d+) failed: port is already allocated/,
  /listen \w+ \S*:(\d+): bind: address already in use/,
  /failed to bind host port (?:for )?\S*?:(\d+)[:/]/,
];
/** `$1` in a message is replaced by the first group of its pattern. The first match counts. */
const knownReasons: readonly [pattern: RegExp, message: string, hint?: string][] = [
  [
    /docker-init/,
    "the engine's host has no init program (docker-init)",
    'Install it, as the packages of Docker do, or set init to false.',
  ],
  [
    /executable file not found|exec: "[^"]*": stat [^:]*: no such file|(?:^|: )exec [^:]*: no such file or directory/,
    'its command is not in the image',
    'Correct command, which replaces the entrypoint of the image, or choose an image that contains it.',
  ],
  [
    /exec: "[^"]*":[^:]*permission denied|(?:^|: )exec [^:]*:[^:]*permission denied/,
    'the user of the image is not permitted to execute its command',
  ],
  [/exec format error/, "its image is built for another processor architecture than the engine's host"],
  [/no command specified/i, 'its image defines no command, and the specification sets none'],
  [/No such image/i, 'its image is not on the engine', 'Provision again: missing images are pulled.'],
  [
    /Range of CPUs is from \S+ to ([\d.]+)/,
    "it requests more CPU than the $1 cores of the engine's host",
    'Request less cpu, or use an engine on a larger host.',
  ],
  [/bind source path does not exist/, "a folder that it mounts does not exist on the engine's host"],
  [
    /Client sent an HTTP request to an HTTPS server/i,
    'the engine accepts only TLS at this endpoint',
    'The operator has to set tls for this provider: the files of a certificate that the engine accepts.',
  ],
  [
    /non-overlapping IPv4 address pool|all predefined address pools have been fully subnetted/,
    'the engine has no address range left for another network',
    'Remove unused networks, or give the engine more ranges with default-address-pools.',
  ],
  [/no space left on device/, "the disk of the engine's host is full", 'Remove unused images, or make room.'],
];

/** Maps the text of an engine's refusal to a failure. */
export function toFailure(reason: string): ContainerFailure {
  for (const pattern of portPatterns) {
    const [, port] = pattern.exec(reason) ?? [];
    if (port !== undefined) return portInUse(Number(port));
  }
  for (const [pattern, message, hint] of knownReasons) {
    const match = pattern.exec(reason);
    if (match) return { message: message.replace('$1', () => match[1] ?? ''), hint };
  }
  return { message: `the engine refused the request: ${reason}` };
}

export function portInUse(port: number): ContainerFailure {
  return {
    message: `host port ${port} is already in use on the engine's host`,
    hint: 'Free the port, or request another host_port. Without host_port a free one is chosen.',
    isConflict: true,
    port,
  };
}

export function nameInUse(kind: 'network' | 'container' | 'volume', name: string): ContainerFailure {
  const message = `the ${kind} ${name} exists and does not carry Berth's labels. Rename or remove it.`;
  return { message, isConflict: true };
}
