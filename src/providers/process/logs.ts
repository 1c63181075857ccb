import { open, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';

/** A log that grows beyond this moves to `.1`, over the one before: about twice as much is kept. */
const MAX_LOG_BYTES = 5 * 1024 * 1024;
const TAIL_BYTES = 256 * 1024;
/** Shorter values (`1`, `no`, `dev`) are all over any output, and give nothing away. */
const MIN_REDACTED = 4;

/** The newest whole lines of a log, oldest first. */
export async function tailLines(file: string, count: number): Promise<string[]> {
  const current = await readTail(file);
  const lines = current.length >= count ? current : [...(await readTail(`${file}.1`)), ...current];
  return count > 0 ? lines.slice(-count) : [];
}

async function readTail(file: string): Promise<string[]> {
  const text = await readEnd(file, TAIL_BYTES);
  if (!text) return [];
  const lines = text.content.split('\n');
  // Cut at an arbitrary byte, the first line could show half of a value that is to be hidden.
  if (text.isCut) lines.shift();
  if (lines.at(-1) === '') lines.pop();
  return lines.map(stripControls);
}

async function readEnd(file: string, bytes: number): Promise<{ content: string; isCut: boolean } | undefined> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, bytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return { content: buffer.toString('utf8', 0, bytesRead), isCut: size > length };
  } finally {
    await handle.close();
  }
}

/** Removes colours, cursor movements, and whatever else would act on the terminal of a reader or reorder its text. */
export function stripControls(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Zl}\p{Zp}]|[^\P{C}\t\n]/gu, '');
}

/** Replaces values, and each line of values of several lines, wherever they occur. */
export function redact(text: string, values: Iterable<string>): string {
  const parts = [...values].flatMap((value) => [value, ...value.split('\n')]).map((part) => stripControls(part).trim());
  const hidden = [...new Set(parts)].filter((part) => part.length >= MIN_REDACTED);
  hidden.sort((a, b) => b.length - a.length);
  return hidden.reduce((result, value) => result.replaceAll(value, '[redacted]'), text);
}

/** The last lines of a log for a message: without values, and no longer than that. */
export async function excerpt(file: string, values: Iterable<string>, maxBytes: number): Promise<string> {
  const text = redact((await tailLines(file, 20)).join('\n'), values).trim();
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  // A character cut in half at the beginning reads as U+FFFD.
  return `…${bytes
    .subarray(-maxBytes)
    .toString('utf8')
    .replace(/^\ufffd+/, '')}`;
}

/**
 * Moves what a log has beyond its limit to `.1` and empties it in place: the process has it open for appending, and goes on
 * at the new end. What it writes in the instant between the two is lost.
 */
export async function rotateLog(file: string): Promise<void> {
  const about = await stat(file).catch(() => undefined);
  if (!about || about.size <= MAX_LOG_BYTES) return;
  const kept = await readEnd(file, MAX_LOG_BYTES);
  await writeFile(`${file}.new`, kept?.content ?? '', { mode: 0o600 });
  await rename(`${file}.new`, `${file}.1`);
  await truncate(file);
}
