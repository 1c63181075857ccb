import { bundle } from './bundle.ts';

/** `main FOLDER TYPE…`: the functions with the providers of these types, into the folder. */
const [folder = '', ...types] = process.argv.slice(2);
await bundle(types, folder);
