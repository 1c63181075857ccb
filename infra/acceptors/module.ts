/** What is of a type only, as an import says it. */
export const TYPE = 'type ';

/** What a key takes as JSON beside its text. */
export const KEY_BYTES = 3;

/** The module of a room while it is written: its parts by what they are made from, so that equal schemas share one. */
export interface Module {
  functions: Map<string, { name: string; text: string }>;
  patterns: Map<string, string>;
  /** What it needs of other modules, by their files. */
  imports: Map<string, Set<string>>;
  /** Whether what is written now is to count what it sees. */
  measures: boolean;
}

/** Notes what the module needs of another file. */
export function need(module: Module, file: string, ...names: string[]): void {
  const known = module.imports.get(file) ?? new Set();
  for (const name of names) known.add(name);
  module.imports.set(file, known);
}
