import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './harness.ts';

/** The least that a function can be. Answers its file. */
export function writeEmptyHandler(folder: string): string {
  const file = join(folder, 'empty.mjs');
  writeFileSync(file, 'export const handler = async () => ({ statusCode: 204 });\n');
  return file;
}

/**
 * What it takes to start a process and import a file, over the same of an empty handler: medians, each file in turn in
 * each round, so that what slows the machine slows them all. Time of the processor, which is what Lambda gives out in
 * shares, and which other programs distort least.
 */
export function coldImports(
  files: readonly string[],
  { folder, rounds }: { folder: string; rounds: number },
): number[] {
  const all = [writeEmptyHandler(folder), ...files];
  const samples = all.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, file] of all.entries()) samples[index]?.push(timeImport(file));
  }
  const [empty = Number.NaN, ...others] = samples.map(median);
  return others.map((time) => time / empty);
}

const SCRIPT = 'await import(process.argv[1]); console.log(process.cpuUsage().user + process.cpuUsage().system)';

/** In microseconds. */
function timeImport(file: string): number {
  const args = ['--input-type=module', '--eval', SCRIPT, file];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env: {}, timeout: 30_000, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} cannot be imported: ${stderr}`);
  return Number(stdout);
}
