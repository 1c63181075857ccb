import { stripVTControlCharacters } from 'node:util';

/** Shorter values (`1`, `no`, `dev`) are common in any output and disclose nothing. */
const MIN_REDACTED = 4;
/** Plain settings (`info`, `production`, `8080`). To hide them would make logs unreadable and protect nothing. */
const SETTING = /^(?:[A-Za-z]{0,12}|[0-9]{1,7})$/;

/** Removes colours, cursor movements and every other character that controls a terminal or reorders its text. */
export function stripControls(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Zl}\p{Zp}]|[^\P{C}\t\n]/gu, '');
}

/** Replaces every occurrence of the values, and of each line of a multi-line value. */
export function redact(text: string, values: Iterable<string>): string {
  return redactor(values)(text);
}

/** Returns `redact` for many texts. Replaces the longest values first, each also in its form without control characters. */
export function redactor(values: Iterable<string>): (text: string) => string {
  const parts = [...values].flatMap((value) => [value, ...value.split('\n')]);
  const forms = parts.flatMap((part) => [part.trim(), stripControls(part).trim()]);
  const hidden = [...new Set(forms)].filter((form) => form.length >= MIN_REDACTED);
  hidden.sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((result, value) => result.replaceAll(value, '[redacted]'), text);
}

/** Returns the env values to hide in logs: all but plain settings. Values of secrets are always hidden. */
export function hiddenInLogs(env: Readonly<Record<string, string>> = {}): string[] {
  return Object.values(env).filter((value) => !SETTING.test(value));
}
