import { toSafeLine } from '../terminal/safe-text.ts';
import { bold, cyan, dim, red } from '../terminal/style.ts';
import { wrapText } from '../terminal/wrap-words.ts';
import type { Finding } from './finding.ts';

/** Number of characters shown before and after the position, where the terminal has room for them. */
const BEFORE = 50;
const AFTER = 40;
/** What stands beside an excerpt: the gutter and two ellipses. */
const BESIDE = 7;
const MASK = '•';

/** Formats a finding as a compiler does: position, message, and the line of the file, within `width` columns. */
export function describeFinding({ source, position, message, hidden = [] }: Finding, width?: number): string {
  const { line, column, offset } = position;
  const gutter = String(line);
  const room = (width ?? BEFORE + AFTER + BESIDE + gutter.length) - BESIDE - gutter.length;
  const after = Math.min(AFTER, Math.ceil(room * 0.44));
  const before = Math.min(BEFORE, room - after);
  const title = `${bold(`${toSafeLine(source.name)}:${line}:${column}`)}  ${red(toSafeLine(message))}`;
  const head = wrapText(title, width, 2);
  const start = source.text.lastIndexOf('\n', offset - 1) + 1;
  const end = source.text.indexOf('\n', offset);
  const whole = mask(source.text.slice(start, end < 0 ? undefined : end), start, hidden).trimEnd();
  if (whole === '') return head;
  const at = offset - start;
  const from = at > before + after || (at > before && whole.length > room) ? at - before : 0;
  const cut = whole.slice(from, at + after);
  const isCutBefore = from > 0 ? '…' : '';
  const shown = isCutBefore + toSafeLine(cut.replaceAll('\t', ' ')) + (from + cut.length < whole.length ? '…' : '');
  const lead = isCutBefore + toSafeLine(cut.slice(0, at - from).replaceAll('\t', ' '));
  return [
    head,
    `  ${dim(`${gutter} |`)} ${shown}`,
    `  ${dim(`${' '.repeat(gutter.length)} |`)} ${' '.repeat(lead.length)}${cyan('^')}`,
  ].join('\n');
}

/** Masks values of environment variables, because output ends up in build logs. */
function mask(line: string, start: number, hidden: NonNullable<Finding['hidden']>): string {
  let masked = line;
  for (const [from, to] of hidden) {
    const [first, last] = [Math.max(from - start, 0), Math.min(to - start, line.length)];
    if (first < last) masked = masked.slice(0, first) + MASK.repeat(last - first) + masked.slice(last);
  }
  return masked;
}
