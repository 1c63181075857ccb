import stringWidth from 'string-width';
import type { Step } from './console-page.ts';

const LINE = 19;
const CHARACTER = 8.1;
const MARGIN = 20;
const BAR = 34;
const COLUMNS = 112;

/** The One Dark palette, which is distinguishable on screens and in print. */
const colours: Record<number, string> = { 31: '#e06c75', 32: '#98c379', 33: '#e5c07b', 36: '#56b6c2' };
const TEXT = '#d7dae0';
const FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const ESCAPE = '\u001b';
/** The sequence after an escape character, and the text that follows it. */
const SEQUENCE = /^\[([0-9]*)m(.*)$/s;

interface Run {
  text: string;
  column: number;
  style: string;
}

/** Returns an SVG of a terminal session. It needs a fixed-width font and no script. */
export function drawTerminal(title: string, steps: readonly Step[]): string {
  const lines = steps.flatMap(({ command, output }) => [
    `\u001b[36m$\u001b[0m \u001b[1m${command}\u001b[0m`,
    ...(output === '' ? [] : output.split('\n')),
    '',
  ]);
  const wrapped = lines.slice(0, -1).flatMap((line) => wrap(toRuns(line)));
  const width = Math.ceil(COLUMNS * CHARACTER + 2 * MARGIN);
  const height = BAR + wrapped.length * LINE + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      `role="img" aria-label="${escapeXml(title)}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#1e2127"/>`,
    ...['#e06c75', '#e5c07b', '#98c379'].map(
      (fill, index) => `<circle cx="${MARGIN + index * 18}" cy="18" r="5.5" fill="${fill}"/>`,
    ),
    `<text x="${width / 2}" y="22" fill="#7f848e" text-anchor="middle" font-family="sans-serif" font-size="12">` +
      `${escapeXml(title)}</text>`,
    `<g font-family="${FONTS}" font-size="13.5" fill="${TEXT}">`,
    ...wrapped.flatMap((runs, row) => runs.map((run) => drawRun(run, BAR + MARGIN + row * LINE))),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/**
 * Draws a run of equal style at a fixed position and length, so that the picture does not depend on the font.
 * No-break spaces keep repeated spaces.
 */
function drawRun({ text, column, style }: Run, y: number): string {
  const shown = text.trimEnd();
  if (shown === '') return '';
  const length = (stringWidth(shown) * CHARACTER).toFixed(1);
  const x = (MARGIN + column * CHARACTER).toFixed(1);
  const escaped = escapeXml(shown).replaceAll(' ', '\u00a0');
  return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${style}>${escaped}</text>`;
}

function toRuns(line: string): Run[] {
  const runs: Run[] = [];
  let style = '';
  let column = 0;
  for (const part of line.split(ESCAPE)) {
    const [, code, text = part] = SEQUENCE.exec(part) ?? [];
    if (code !== undefined) style = toStyle(Number(code), style);
    if (text === '') continue;
    runs.push({ text, column, style });
    column += stringWidth(text);
  }
  return runs;
}

function toStyle(code: number, before: string): string {
  if (code === 0) return '';
  if (code === 1) return `${before} font-weight="bold"`;
  if (code === 2) return `${before} fill="#7f848e"`;
  return colours[code] ? `${before} fill="${colours[code]}"` : before;
}

/** Wraps lines at the width of the terminal. */
function wrap(runs: readonly Run[]): Run[][] {
  const lines: Run[][] = [[]];
  let offset = 0;
  for (const { text, column, style } of runs) {
    let rest = text;
    let at = column - offset;
    while (at + rest.length > COLUMNS) {
      const head = rest.slice(0, Math.max(COLUMNS - at, 0));
      lines.at(-1)?.push({ text: head, column: at, style });
      lines.push([]);
      rest = rest.slice(head.length);
      offset += COLUMNS;
      at = 0;
    }
    lines.at(-1)?.push({ text: rest, column: at, style });
  }
  return lines;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
