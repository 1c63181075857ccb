import type { Document, Position } from './document.ts';
import type { SourceText } from './read-files.ts';

/** A mistake in a file of the user. */
export interface Finding {
  source: SourceText;
  position: Position;
  message: string;
  /** Ranges of the text that must not be printed. */
  hidden?: Document['hidden'];
}

/** Reports all mistakes in the files of a command. Nothing has been sent. */
export class FindingsError extends Error {
  override readonly name = 'FindingsError';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ message }) => message).join('; '));
    this.findings = findings;
  }
}
