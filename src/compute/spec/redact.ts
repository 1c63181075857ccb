import { stripVTControlCharacters } from 'node:util';

/** Shorter values (`1`, `no`, `dev`) are all over any output, and give nothing away. */
const MIN_REDACTED = 4;
/** Words and numbers of a setting (`info`, `production`, `8080`): hiding them would make logs unreadable, and hide nothing. */
const SETTING = /^(?:[A-Za-z]{0,12}|[0-9]{1,7})$/;

/** Removes colours, cursor movements, and whatever else would act on the terminal of a reader or reorder its text. */
export function stripControls(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Zl}\p{Zp}]|[^\P{C}\t\n]/gu, '');
}

/** Replaces values, and each line of values of several lines, wherever they occur. */
export function redact(text: string, values: Iterable<string>): string {
  return redactor(values)(text);
}

/** `redact` for many texts: the longest value first, each as it is and as it reads without control characters. */
export function redactor(values: Iterable<string>): (text: string) => string {
  const parts = [...values].flatMap((value) => [value, ...value.split('\n')]);
  const forms = parts.flatMap((part) => [part.trim(), stripControls(part).trim()]);
  const hidden = [...new Set(forms)].filter((form) => form.length >= MIN_REDACTED);
  hidden.sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((result, value) => result.replaceAll(value, '[redacted]'), text);
}

/** Those values of an environment that are to be hidden in a whole log. Of secrets, all are. */
export function hiddenInLogs(env: Readonly<Record<string, string>> = {}): string[] {
  return Object.values(env).filter((value) => !SETTING.test(value));
}
