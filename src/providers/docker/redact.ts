import { stripVTControlCharacters } from 'node:util';

/** Shorter values (`1`, `no`, `dev`) are all over any output, and give nothing away. */
const MIN_REDACTED = 4;

/** Removes colours, cursor movements, and whatever else would act on the terminal of a reader or reorder its text. */
export function stripControls(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Zl}\p{Zp}]|[^\P{C}\t\n]/gu, '');
}

/** Replaces values, and each line of values of several lines, wherever they occur; the longest first. */
export function redact(text: string, values: Iterable<string>): string {
  const parts = [...values].flatMap((value) => [value, ...value.split('\n')]).map((part) => stripControls(part).trim());
  const hidden = [...new Set(parts)].filter((part) => part.length >= MIN_REDACTED).sort((a, b) => b.length - a.length);
  return hidden.reduce((result, value) => result.replaceAll(value, '[redacted]'), text);
}
