/**
 * Matches characters that control a terminal or disguise a text: control characters except newline and tab,
 * bidirectional marks (trojansource.codes), line separators, and lone surrogates.
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern exists to find them.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

/** Escapes unsafe characters as `\u001b`. JSON keeps its meaning. */
export function toSafeText(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** Escapes a text for a single line: also newlines, tabs and style marks. */
export function toSafeLine(text: string): string {
  return toSafeText(text).replace(/[\n\t\uFDD0]/g, (character) => named[character] ?? '');
}

/** Escapes each line of a text. */
export function toSafeLines(text: string): string {
  return text.split('\n').map(toSafeLine).join('\n');
}

const named: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\uFDD0': '\\ufdd0' };

/** Returns true if a text needs no escaping. */
export function isSafeText(text: string): boolean {
  return text.search(UNSAFE) < 0;
}

function escapeCharacter(character: string): string {
  return '\\u' + character.charCodeAt(0).toString(16).padStart(4, '0');
}
