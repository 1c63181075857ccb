/**
 * Everything that a terminal would obey, or that would make a text look like another one: control characters but newline
 * and tab, the marks that turn the direction of writing (trojansource.codes), line separators, and lone surrogates.
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

/** A text with everything unsafe in it written out, as `\u001b` is. In JSON this changes nothing of what is said. */
export function toSafeText(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** Data for one line: newlines, tabs and the marks of styles are written out too. */
export function toSafeLine(text: string): string {
  return toSafeText(text).replace(/[\n\t\uFDD0]/g, (character) => named[character] ?? '');
}

/** Data of several lines, each of them safe. */
export function toSafeLines(text: string): string {
  return text.split('\n').map(toSafeLine).join('\n');
}

const named: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\uFDD0': '\\ufdd0' };

/** Whether a text may be printed as it is. */
export function isSafeText(text: string): boolean {
  return text.search(UNSAFE) < 0;
}

function escapeCharacter(character: string): string {
  return '\\u' + character.charCodeAt(0).toString(16).padStart(4, '0');
}
