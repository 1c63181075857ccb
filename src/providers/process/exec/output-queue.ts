import type { ExecOutput } from '../../../compute/exec/exec.ts';

/** How much output is kept for a reader before the program has to wait. */
const FULL_BYTES = 256 * 1024;

/** What pauses and resumes the source of a queue. */
interface Source {
  pause(): void;
  resume(): void;
}

/** The output of a program between the program and its one reader. When it is full, the program waits. */
export class OutputQueue implements AsyncIterable<ExecOutput> {
  readonly #source: Source;
  readonly #parts: ExecOutput[] = [];
  #bytes = 0;
  #isEnded = false;
  #wake: (() => void) | undefined;
  /** Counts the parts that came, so that it can be seen whether any did. */
  received = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  push(stream: ExecOutput['stream'], bytes: Uint8Array): void {
    if (this.#isEnded) return;
    this.received += 1;
    this.#parts.push({ stream, bytes });
    this.#bytes += bytes.length;
    if (this.#bytes >= FULL_BYTES) this.#source.pause();
    this.#wake?.();
  }

  /** Ends the output after what is there. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ExecOutput> {
    for (;;) {
      const part = this.#parts.shift();
      if (part) {
        this.#bytes -= part.bytes.length;
        if (this.#parts.length === 0) this.#source.resume();
        yield part;
      } else if (this.#isEnded) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
