import { bundle } from './bundle.ts';

/**
 * `main FOLDER TYPE…`: bundles the functions with these provider types into the folder. It has a file of its own because
 * Node 22, which the package supports, has no `import.meta.main`.
 */
const [folder = '', ...types] = process.argv.slice(2);
try {
  await bundle(types, folder);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
