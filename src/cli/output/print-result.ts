import type { Session } from '../session.ts';
import { isSafeText, toSafeLine, toSafeText } from '../terminal/safe-text.ts';
import { type Column, toTable } from '../terminal/table.ts';

export interface ListResult<Row> {
  /** The answer of the control plane, printed by `-o json` and `-o yaml`. */
  data: unknown;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  /** Returns the line that `-o name` prints for a row. */
  nameOf(row: Row): string;
  /** The message for an empty list. */
  nothing: string;
}

/** Prints a list in the selected output format. */
export async function printResult<Row>(session: Session, result: ListResult<Row>): Promise<void> {
  const { terminal, options } = session;
  const { data, rows, columns, nameOf, nothing } = result;
  if (await printData(session, data)) return;
  if (options.output === 'name') {
    for (const row of rows) terminal.print(toSafeLine(nameOf(row)));
  } else if (rows.length === 0) terminal.note(nothing);
  else {
    const shown = columns.filter(({ wide }) => !wide || options.output === 'wide');
    terminal.print(toTable(rows, shown, options.output === 'wide' ? undefined : terminal.columns));
  }
}

/** Prints data if the output format is JSON or YAML. Returns whether it did. */
export async function printData({ terminal, options }: Session, data: unknown): Promise<boolean> {
  if (options.output === 'json') terminal.print(toJson(data, 2));
  else if (options.output === 'yaml') terminal.print(await toYaml(data));
  else return false;
  return true;
}

/** Serialises JSON with terminal control characters escaped. */
export function toJson(data: unknown, indent?: number): string {
  return toSafeText(JSON.stringify(data, undefined, indent));
}

async function toYaml(data: unknown): Promise<string> {
  const { Document, isScalar, visit } = await import('yaml');
  const document = new Document(data, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      // YAML has escapes in double-quoted scalars only.
      if (isScalar(node) && typeof node.value === 'string' && !isSafeText(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return toSafeText(document.toString({ lineWidth: 0 }).trimEnd());
}
