import type { LoadedSpec } from '../files/load-specs.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { bold, yellow } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Prints which parts of Compose and Score files were not imported, with their lines. */
export function reportImports(terminal: Terminal, specs: readonly LoadedSpec[]): void {
  for (const { document, spec, imported } of specs) {
    if (!imported) continue;
    const { format, lost } = imported;
    const count = lost.length === 0 ? 'imported completely' : 'imported, except:';
    const name = toSafeLine(document.source.name);
    terminal.note(`${bold(name)}  ${format} file as tenant ${spec.tenant_id} on ${spec.provider_type}; ${count}`);
    const placed = lost.map((issue) => ({ ...issue, line: document.locate(issue.pointer).line }));
    for (const { line, pointer, message } of placed.toSorted((a, b) => a.line - b.line)) {
      terminal.note(`  ${yellow('!')} line ${line}  ${toSafeLine(`${pointer}  ${message}`)}`);
    }
  }
}
