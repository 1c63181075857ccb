import type { Session } from '../session.ts';
import { isSafeText, toSafeText } from '../terminal/safe-text.ts';
import { type Column, toTable } from '../terminal/table.ts';

export interface Result<Row> {
  /** As JSON and YAML show it: what the control plane answered. */
  data: unknown;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  /** What `-o name` prints, one to a line. */
  nameOf(row: Row): string;
  /** What is said where there are no rows. */
  nothing: string;
}

/** Prints a list in the format that was asked for. */
export async function printResult<Row>(session: Session, result: Result<Row>): Promise<void> {
  const { terminal, options } = session;
  const { data, rows, columns, nameOf, nothing } = result;
  if (await printData(session, data)) return;
  if (options.output === 'name') {
    for (const row of rows) terminal.print(nameOf(row));
  } else if (rows.length === 0) terminal.note(nothing);
  else {
    const shown = columns.filter(({ wide }) => !wide || options.output === 'wide');
    terminal.print(toTable(rows, shown, options.output === 'wide' ? undefined : terminal.columns));
  }
}

/** Prints data as JSON or YAML, if either was asked for. */
export async function printData({ terminal, options }: Session, data: unknown): Promise<boolean> {
  if (options.output === 'json') terminal.print(toJson(data, 2));
  else if (options.output === 'yaml') terminal.print(await toYaml(data));
  else return false;
  return true;
}

/** JSON in which everything that a terminal would obey is escaped; it says the same. */
export function toJson(data: unknown, indent?: number): string {
  return toSafeText(JSON.stringify(data, undefined, indent));
}

async function toYaml(data: unknown): Promise<string> {
  const { Document, isScalar, visit } = await import('yaml');
  const document = new Document(data, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      // Only in double quotes are there escapes.
      if (isScalar(node) && typeof node.value === 'string' && !isSafeText(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return toSafeText(document.toString({ lineWidth: 0 }).trimEnd());
}
