import { getXRayTraceIdFromEnv } from '@aws-lambda-powertools/commons/utils/env';
import { LogLevelThreshold, Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';

type Process = Parameters<PowertoolsLogger['processLogItem']>;
type Print = Parameters<PowertoolsLogger['printLog']>;

export interface LeanLoggerOptions {
  serviceName: string;
  logLevel?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT' | undefined;
  /** Takes each line of JSON, without its line end. Default: standard error from warnings on, standard output for the rest. */
  write?: ((line: string) => void) | undefined;
  /** Fields of every line that is written while the same object is answered, which does not change. */
  context?: (() => object | undefined) | undefined;
}

const levelNames = new Map<number, string>(Object.entries(LogLevelThreshold).map(([name, level]) => [level, name]));

/** Keys that Powertools keeps for itself, and warns of, and those that are more than a fact. */
const RESERVED = new Set(['level', 'message', 'sampling_rate', 'service', 'timestamp', 'xray_trace_id', '__proto__']);
const NONE: ReadonlySet<string> = new Set();

/**
 * Powertools' logger, with a shorter way for the usual line: a constant message and flat facts. Powertools reads the
 * environment, merges deeply and replaces values for each line, which takes ten times as long. Here what the lines of one
 * request have in common is serialised once. The records are the same; whatever is not flat goes Powertools' own way.
 */
export class LeanLogger extends PowertoolsLogger {
  readonly #write: ((line: string) => void) | undefined;
  readonly #context: () => object | undefined;
  /** What every line has: the service, and the sampling rate where one is set. */
  readonly #constants: string;
  /** Powertools writes local times where `TZ` asks for them. */
  readonly #isUtc: boolean;
  /** Nobody changes it later. Powertools reads the environment to tell it. */
  readonly #level: number;
  /** What the lines of the context that was served last have in common. */
  #common: { context: object | undefined; trace: string | undefined; members: string | undefined } | undefined;
  #time = { now: 0, text: '' };

  constructor({ serviceName, logLevel, write, context = () => undefined }: LeanLoggerOptions) {
    super({ serviceName, ...(logLevel && { logLevel }) });
    this.#write = write;
    this.#context = context;
    const sample = this.createAndPopulateLogItem(LogLevelThreshold.INFO, '', []);
    sample.prepareForPrint();
    const { level, timestamp, xray_trace_id, ...constants } = sample.getAttributes();
    this.#constants = toMembers(constants, NONE) ?? '';
    this.#isUtc = String(timestamp).endsWith('Z');
    this.#level = this.level;
  }

  protected override processLogItem(level: Process[0], input: Process[1], extra: Process[2]): void {
    // What Powertools says while it is being constructed, such as of sampling, it says by itself.
    const isReady = #level in this;
    if (isReady && level < this.#level) return;
    const context = isReady ? this.#context() : undefined;
    const line = isReady ? this.#toLine(level, input, extra, context) : undefined;
    if (line !== undefined) this.#print(level, line);
    else super.processLogItem(level, input, context ? ([context, ...extra] as Process[2]) : extra);
  }

  protected override printLog(level: Print[0], item: Print[1]): void {
    if (#level in this) {
      item.prepareForPrint();
      this.#print(level, JSON.stringify(item.getAttributes(), this.getJsonReplacer()));
    } else super.printLog(level, item);
  }

  /** The usual line, or nothing where it is another. */
  #toLine(level: number, input: Process[1], extra: Process[2], context: object | undefined): string | undefined {
    if (typeof input !== 'string' || extra.length > 1 || !this.#isUtc) return undefined;
    const common = this.#commonTo(context);
    const facts = extra.length === 0 ? '' : toMembers(extra[0], RESERVED, context);
    if (common === undefined || facts === undefined) return undefined;
    const message = input === '' ? '' : `,"message":${JSON.stringify(input)}`;
    return `{"level":"${levelNames.get(level)}"${message},"timestamp":"${this.#timestamp()}"${common}${facts}}`;
  }

  /** Within a context the trace is the same, too; outside of any, it has to be looked for. */
  #commonTo(context: object | undefined): string | undefined {
    const last = this.#common;
    if (context !== undefined && last?.context === context) return last.members;
    const trace = getXRayTraceIdFromEnv();
    if (last && last.context === context && last.trace === trace) return last.members;
    const own = context === undefined ? '' : toMembers(context, RESERVED);
    const traced = trace === undefined ? '' : `,"xray_trace_id":${JSON.stringify(trace)}`;
    const members = own === undefined ? undefined : this.#constants + traced + own;
    this.#common = { context, trace, members };
    return members;
  }

  #timestamp(): string {
    const now = Date.now();
    if (now !== this.#time.now) this.#time = { now, text: new Date(now).toISOString() };
    return this.#time.text;
  }

  #print(level: number, line: string): void {
    if (this.#write) this.#write(line);
    else (level >= LogLevelThreshold.WARN ? process.stderr : process.stdout).write(`${line}\n`);
  }
}

/**
 * What stands between the braces of a flat object in JSON, after a comma; nothing where it is not flat, or has a key that the
 * line has already. As in Powertools, what says nothing is left out.
 */
function toMembers(fields: unknown, reserved: ReadonlySet<string>, context?: object): string | undefined {
  if (typeof fields !== 'object' || fields === null || Object.getPrototypeOf(fields) !== Object.prototype)
    return undefined;
  let said = fields as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    if (reserved.has(key) || (context !== undefined && Object.hasOwn(context, key))) return undefined;
    const value = (fields as Record<string, unknown>)[key];
    if (value === '' || value === null) said = { ...said, [key]: undefined };
    else if (!isFlat(value)) return undefined;
  }
  const text = JSON.stringify(said);
  return text === '{}' ? '' : `,${text.slice(1, -1)}`;
}

function isFlat(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'undefined':
      return true;
    default:
      return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  }
}
