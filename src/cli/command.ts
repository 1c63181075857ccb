import type { GlobalOptions, Session } from './session.ts';

/** Every option of every command, as it is read. */
export interface CommandOptions extends GlobalOptions {
  file: string[];
  tenant?: string;
  provider?: string;
  phase?: string;
  selector?: Record<string, string>;
  wait?: boolean;
  timeout: number;
  dryRun?: boolean;
  concurrency: number;
  yes?: boolean;
  toRevision?: number;
  limit?: number;
  container?: string;
  tail: number;
  follow?: boolean;
  fresh?: boolean;
  port?: string;
  dataDir?: string;
  since?: string;
}

export interface Invocation {
  args: string[];
  options: CommandOptions;
}

/** What a file of `commands/` is. */
export interface CommandModule {
  /** Answers the exit code. */
  run(session: Session, invocation: Invocation): Promise<number>;
}

/** What completes a word where a command wants one. */
export type Candidates = 'contexts' | 'files' | 'providers' | 'shells' | 'tenants' | 'phases' | 'formats';

export interface ArgumentDefinition {
  /** As the usage shows it: `<tenant>`, `[field]`, `<tenant...>`. */
  syntax: string;
  summary: string;
  completedBy?: Candidates;
}

export interface OptionDefinition {
  /** As commander reads it: `-f, --file <path...>`. */
  flags: string;
  summary: string;
  completedBy?: Candidates;
  required?: boolean;
  default?: { value: unknown; shown?: string };
  parse?(text: string, previous: unknown): unknown;
}

/** One command as plain data, for whoever has to know it without loading it: the parser, the help, the page, completion. */
export interface CommandDefinition {
  /** `apply`, or `get tenants`. */
  name: string;
  group: string;
  summary: string;
  /** More than the summary says, in paragraphs. */
  details?: string;
  arguments?: readonly ArgumentDefinition[];
  options?: readonly OptionDefinition[];
  examples?: readonly (readonly [command: string, does: string])[];
  hidden?: boolean;
  load(): Promise<CommandModule>;
}
