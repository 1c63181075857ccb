import type { Issue } from '../../compute/errors.ts';
import { isUnknownField } from '../../compute/spec/issues.ts';
import type { Document, Locate, Position } from './document.ts';
import type { SourceText } from './read-files.ts';

/** A mistake in a file of the user. */
export interface Finding {
  source: SourceText;
  position: Position;
  message: string;
  /** Ranges of the text that must not be printed. */
  hidden?: Document['hidden'];
}

/** Locates an issue in the file. An unknown field is shown at its key. */
export function toFinding(issue: Issue, { source, hidden }: Document, locate: Locate): Finding {
  const position = locate(issue.pointer, isUnknownField(issue) ? 'key' : 'value');
  return { source, position, message: issue.message, hidden };
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
