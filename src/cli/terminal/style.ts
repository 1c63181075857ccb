/**
 * Styles are written as a noncharacter followed by a letter, and only the terminal turns them into escape sequences.
 * Any real escape sequence in a text is therefore data, and `toSafeText` escapes it.
 */
const MARK = '\uFDD0';

const codes = {
  bold: ['b', 1],
  dim: ['d', 2],
  red: ['r', 31],
  green: ['g', 32],
  yellow: ['y', 33],
  cyan: ['c', 36],
} as const;
const RESET = 'x';

type Style = (text: string) => string;

function styleOf(letter: string): Style {
  return (text) => (text === '' ? '' : `${MARK}${letter}${text}${MARK}${RESET}`);
}

export const bold = styleOf(codes.bold[0]);
export const dim = styleOf(codes.dim[0]);
export const red = styleOf(codes.red[0]);
export const green = styleOf(codes.green[0]);
export const yellow = styleOf(codes.yellow[0]);
export const cyan = styleOf(codes.cyan[0]);

const sequences = new Map<string, string>([
  ...Object.values(codes).map(([letter, code]): [string, string] => [letter, `\u001b[${code}m`]),
  [RESET, '\u001b[0m'],
]);

/** Replaces style marks by escape sequences, or removes them. */
export function renderStyles(text: string, colored: boolean): string {
  return text.replace(/\uFDD0(.)/gsu, (_, letter: string) => (colored ? (sequences.get(letter) ?? '') : ''));
}

/** Removes style marks, so that the length equals the printed width. */
export function withoutStyles(text: string): string {
  return text.replace(/\uFDD0./gsu, '');
}
