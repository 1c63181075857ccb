import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './harness.ts';

/** Writes a function that does nothing. Returns the path of its file. */
function writeEmptyHandler(folder: string): string {
  const file = join(folder, 'empty.mjs');
  writeFileSync(file, 'export const handler = async () => ({ statusCode: 204 });\n');
  return file;
}

/**
 * Measures the processor time of a process that imports a file, divided by that of an empty handler. Returns the ratio of
 * medians for each file. All files alternate in each round, so that other load affects all of them alike. Lambda assigns
 * processor time in shares, and other programs distort it less than the clock.
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

/** Returns microseconds. */
function timeImport(file: string): number {
  const args = ['--input-type=module', '--eval', SCRIPT, file];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env: {}, timeout: 30_000, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} cannot be imported. It printed: ${stderr}`);
  return Number(stdout);
}
