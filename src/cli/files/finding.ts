import type { Document, Position } from './document.ts';
import type { SourceText } from './read-files.ts';

/** One thing that is wrong in a file of the user's. */
export interface Finding {
  source: SourceText;
  position: Position;
  message: string;
  /** The parts of the text that must not be shown. */
  hidden?: Document['hidden'];
}

/** Everything that is wrong in the files of a command, which has sent nothing because of it. */
export class FindingsError extends Error {
  override readonly name = 'FindingsError';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ message }) => message).join('; '));
    this.findings = findings;
  }
}
