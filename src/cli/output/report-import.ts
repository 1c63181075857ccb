import type { LoadedSpec } from '../files/load-specs.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { bold, yellow } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Tells what was not carried over from files of other formats, each at its place. */
export function reportImports(terminal: Terminal, specs: readonly LoadedSpec[]): void {
  for (const { document, spec, imported } of specs) {
    if (!imported) continue;
    const { format, lost } = imported;
    const count = lost.length === 0 ? 'everything was carried over' : `not carried over as it is:`;
    const name = toSafeLine(document.source.name);
    terminal.note(`${bold(name)}  a ${format} file, as tenant ${spec.tenant_id} on ${spec.provider_type}; ${count}`);
    const placed = lost.map((issue) => ({ ...issue, line: document.locate(issue.pointer).line }));
    for (const { line, pointer, message } of placed.toSorted((a, b) => a.line - b.line)) {
      terminal.note(`  ${yellow('!')} line ${line}  ${toSafeLine(`${pointer}  ${message}`)}`);
    }
  }
}
