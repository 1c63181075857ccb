import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DNS_LABEL } from '../../compute/spec/names.ts';
import type { Invocation } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { bold, dim } from '../terminal/style.ts';

/** A package whose tests run with those of Berth. A new package is a copy of it under another name. */
const template = fileURLToPath(new URL('../provider-template/', import.meta.url));

/** Folders that an author installed or built in the template. */
const FOREIGN = /(?:^|[\\/])(?:node_modules|dist|cdk\.out)(?:[\\/]|$)/;

/** Makes a package with a provider that works: the contract, with a folder as its backend. */
export async function run({ terminal }: Session, { args: [name = ''], options }: Invocation): Promise<number> {
  if (!DNS_LABEL.test(name)) {
    throw new CommandError(
      `${JSON.stringify(name)} cannot be the type of a provider.`,
      'Use 1 to 63 lower-case letters, digits or hyphens, such as nomad.',
    );
  }
  const folder = resolve(options.directory ?? `berth-${name}`);
  const existing = await readdir(folder).catch(() => []);
  if (existing.length > 0) throw new CommandError(`${folder} is not empty.`, 'Pass another one with --directory.');
  await cp(template, folder, { recursive: true, filter: (path) => !FOREIGN.test(path.slice(template.length)) });
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    await writeFile(file, rename(await readFile(file, 'utf8'), name));
  }
  await writeFile(join(folder, '.gitignore'), 'node_modules\ndist\ncdk.out\n.berth\n');
  terminal.note(
    [
      `Created the package berth-${name} in ${folder}.`,
      '',
      `${bold('Next')}, there:`,
      `  npm install                                         ${dim('with the package of Berth; see docs/package.md')}`,
      `  npm test                                            ${dim('the contract as tests')}`,
      `  npx berth dev --provider ${name}=./src/descriptor.ts`,
    ].join('\n'),
  );
  return exitCodes.done;
}

/** Replaces the name of the template, in code, in texts and in the names of classes. */
function rename(text: string, name: string): string {
  const className = name.replaceAll(/(?:^|-)(.)/g, (_, first: string) => first.toUpperCase());
  return text
    .replaceAll('berth-folder', `berth-${name}`)
    .replaceAll(/Folder(?=Config|Provider)/g, /^[0-9]/.test(className) ? `Type${className}` : className)
    .replaceAll("'folder'", `'${name}'`)
    .replaceAll('folder.invalid', `${name}.invalid`)
    .replaceAll('folder=./', `${name}=./`)
    .replaceAll('explain folder', `explain ${name}`)
    .replaceAll('"folder":', `"${name}":`)
    .replaceAll('providers: { folder:', `providers: { '${name}':`);
}
