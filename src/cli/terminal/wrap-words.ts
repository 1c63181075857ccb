import stringWidth from 'fast-string-width';
import { withoutStyles } from './style.ts';

/** Splits a text at its spaces into lines of at most `width` columns. A longer word stays whole. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let taken = 0;
  for (const word of text.split(' ')) {
    const needed = stringWidth(withoutStyles(word));
    const last = lines.length - 1;
    if (last >= 0 && taken + 1 + needed <= width) {
      lines[last] += ` ${word}`;
      taken += 1 + needed;
    } else {
      lines.push(word);
      taken = needed;
    }
  }
  return lines;
}

/**
 * Wraps each line of a text to the width of the terminal. Continued lines are indented as the line that they continue,
 * and by `hanging` more. Without a width, nothing is wrapped.
 */
export function wrapText(text: string, width: number | undefined, hanging = 0): string {
  if (width === undefined) return text;
  const wrapLine = (line: string) => {
    const indent = /^ */.exec(line)?.[0] ?? '';
    const first = wrapWords(line.slice(indent.length), Math.max(width - indent.length, 1));
    const [head = '', ...rest] = first;
    if (rest.length === 0) return line;
    const below = indent + ' '.repeat(hanging);
    const more = wrapWords(rest.join(' '), Math.max(width - below.length, 1));
    return [indent + head, ...more.map((part) => below + part)].join('\n');
  };
  return text.split('\n').map(wrapLine).join('\n');
}
