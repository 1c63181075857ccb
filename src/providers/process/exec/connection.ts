/** What a program of a session is started with. */
export interface Start {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  columns?: number | undefined;
  rows?: number | undefined;
}

/** The connection to a program that was just started, by a terminal or by pipes. */
export interface Connection {
  /** The program leads a session of the system, which has the same number. */
  pid: number;
  /** Resolves with the exit code of the program. What it has written may still be under way. */
  exited: Promise<number>;
  /** Resolves once nothing can write to the connection any more. Processes that the program has left may hold it open. */
  closed: Promise<void>;
  onOutput(listener: (stream: 'stdout' | 'stderr', bytes: Buffer) => void): void;
  pause(): void;
  resume(): void;
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  resize(columns: number, rows: number): void;
}
