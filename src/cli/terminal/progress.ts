import type { Ora } from 'ora';
import { toSafeLine } from './safe-text.ts';
import { bold, dim } from './style.ts';
import { truncate } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Shows the progress of several items: animated lines on a terminal, plain lines elsewhere. */
export interface ProgressDisplay {
  /** Updates the text of an item. Repeated equal texts are printed once. */
  tell(name: string, text: string): void;
  /** Removes an item and prints its final line. */
  end(name: string, line: string): void;
  close(): void;
}

/** Number of animated lines; further items are only counted. */
const MAX_LINES = 12;

export async function openProgress(terminal: Terminal): Promise<ProgressDisplay> {
  return terminal.live ? openLive(terminal, terminal.live) : openPlain(terminal);
}

function openPlain(terminal: Terminal): ProgressDisplay {
  const told = new Map<string, string>();
  return {
    tell(name, text) {
      if (told.get(name) === text) return;
      told.set(name, text);
      terminal.note(`${toSafeLine(name)}: ${toSafeLine(text)}`);
    },
    end: (_, line) => terminal.note(line),
    close: () => {},
  };
}

async function openLive(terminal: Terminal, live: NonNullable<Terminal['live']>): Promise<ProgressDisplay> {
  const { default: ora } = await import('ora');
  const lines = new Map<string, string>();
  let spinner: Ora | undefined;
  const draw = () => {
    if (lines.size === 0) {
      spinner?.stop();
      spinner = undefined;
      return;
    }
    const text = live.render(describeLines(lines, live.stream.columns ?? 80));
    // Ora must not read standard input, or Ctrl-C would not arrive as a signal.
    spinner ??= ora({
      stream: live.stream as NodeJS.WriteStream,
      discardStdin: false,
      color: false,
      isEnabled: true,
    }).start();
    spinner.text = text;
  };
  return {
    tell(name, text) {
      lines.set(name, text);
      draw();
    },
    end(name, line) {
      lines.delete(name);
      spinner?.clear();
      terminal.note(line);
      draw();
    },
    close() {
      lines.clear();
      draw();
    },
  };
}

function describeLines(lines: ReadonlyMap<string, string>, columns: number): string {
  const shown = [...lines].slice(0, MAX_LINES).map(([name, text]) => {
    const line = truncate(toSafeLine(`${name}  ${text}`), columns - 4);
    return line.startsWith(name) ? bold(name) + line.slice(name.length) : line;
  });
  const more = lines.size - shown.length;
  return [...shown, ...(more > 0 ? [dim(`and ${more} more`)] : [])].join('\n  ');
}
