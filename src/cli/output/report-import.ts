import type { LoadedSpec } from '../files/load-specs.ts';
import type { Format } from '../import/imported.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { bold, yellow } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrapText } from '../terminal/wrap-words.ts';

const titles: Record<Format, string> = { Compose: 'Compose file', Score: 'Score file', tenant: 'printed tenant' };

/** Prints which parts of imported files were not imported, with their lines. */
export function reportImports(terminal: Terminal, specs: readonly LoadedSpec[]): void {
  const note = (text: string, hanging: number) => terminal.note(wrapText(text, terminal.noteColumns, hanging));
  for (const { document, spec, imported } of specs) {
    if (!imported) continue;
    const { format, files, lost } = imported;
    const count = lost.length === 0 ? 'imported completely' : 'imported, except:';
    const name = toSafeLine(document.source.name);
    const using = files.length === 0 ? '' : `, with the variables of ${toSafeLine(files.join(', '))}`;
    note(`${bold(name)}  ${titles[format]} as tenant ${spec.tenant_id} on ${spec.provider_type}${using}; ${count}`, 2);
    const placed = lost.map((issue) => ({ ...issue, line: document.locate(issue.pointer).line }));
    for (const { line, pointer, message } of placed.toSorted((a, b) => a.line - b.line)) {
      note(`  ${yellow('!')} line ${line}  ${toSafeLine(`${pointer}  ${message}`)}`, 4);
    }
  }
}
