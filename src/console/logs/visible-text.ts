/**
 * Control characters apart from tabs and line breaks, and those that change the direction of text: they would make a line
 * look like another one.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

const NAMES: Readonly<Record<string, string>> = { '\u001b': '\\e', '\r': '\\r' };

/** Returns text with its escape sequences and invisible characters written out. */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE, (character) => NAMES[character] ?? codeOf(character));
}

function codeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
