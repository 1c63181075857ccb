import type { GlobalOptions, Session } from './session.ts';

/** The parsed options of all commands. */
export interface CommandOptions extends GlobalOptions {
  file: string[];
  fix?: boolean;
  tenant?: string;
  provider?: string;
  phase?: string;
  health?: string;
  selector?: Record<string, string>;
  wait?: boolean;
  timeout: number;
  dryRun?: boolean;
  concurrency: number;
  yes?: boolean;
  toRevision?: number;
  operation?: string;
  limit?: number;
  state?: string;
  type?: string;
  watch?: boolean;
  tokenFile?: string;
  /** One profile of AWS, or profiles of a Compose file. */
  profile?: string | string[];
  envFile?: string[];
  region?: string;
  container?: string;
  tty?: boolean;
  tail: number;
  follow?: boolean;
  fresh?: boolean;
  port?: string;
  frontDoorPort?: string;
  portName?: string;
  browser?: boolean;
  dataDir?: string;
  /** `dev`: whether callers need a token. `rollout start`: the token of a plan. */
  token?: boolean | string;
  providerTypes?: string[];
  directory?: string;
  since?: string;
  /** The age of the oldest lines, in milliseconds. */
  maxAge?: number;
  timestamps?: boolean;
  set?: string[];
  waves?: string[];
  /** Milliseconds. */
  bake?: number;
  budget?: number | string;
  maxInFlight?: number;
  onFailure?: string;
}

export interface Invocation {
  args: string[];
  options: CommandOptions;
}

/** What each file in `commands/` exports. */
export interface CommandModule {
  /** Runs the command and returns the exit code. */
  run(session: Session, invocation: Invocation): Promise<number>;
}

/** Sources of words for shell completion. */
export type Candidates =
  | 'containers'
  | 'contexts'
  | 'files'
  | 'formats'
  | 'healths'
  | 'labels'
  | 'phases'
  | 'providers'
  | 'revisions'
  | 'shells'
  | 'states'
  | 'tenants';

export interface ArgumentDefinition {
  /** The argument as the usage line shows it: `<tenant>`, `[field]`, `<tenant...>`. */
  syntax: string;
  summary: string;
  completedBy?: Candidates;
}

export interface OptionDefinition {
  /** The flags in commander's syntax: `-f, --file <path...>`. */
  flags: string;
  /** The field of `CommandOptions`. Default: the long flag. */
  attribute?: keyof CommandOptions;
  summary: string;
  completedBy?: Candidates;
  required?: boolean;
  default?: { value: unknown; shown?: string };
  parse?(text: string, previous: unknown): unknown;
}

/** Describes a command as plain data. Parser, help, reference page and completion read it without loading the command. */
export interface CommandDefinition {
  /** `apply`, or `get tenants`. */
  name: string;
  group: string;
  summary: string;
  /** Paragraphs that follow the summary in the help. */
  details?: string;
  arguments?: readonly ArgumentDefinition[];
  options?: readonly OptionDefinition[];
  examples?: readonly (readonly [command: string, does: string])[];
  hidden?: boolean;
}
