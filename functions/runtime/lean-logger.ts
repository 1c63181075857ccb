import { getXRayTraceIdFromEnv } from '@aws-lambda-powertools/commons/utils/env';
import { LogLevelThreshold, Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';

type Process = Parameters<PowertoolsLogger['processLogItem']>;
type Print = Parameters<PowertoolsLogger['printLog']>;

export interface LeanLoggerOptions {
  serviceName: string;
  logLevel?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT' | undefined;
  /** Takes each line of JSON, without its line end. Default: standard error from warnings on, standard output for the rest. */
  write?: ((line: string) => void) | undefined;
}

const levelNames = new Map<number, string>(Object.entries(LogLevelThreshold).map(([name, level]) => [level, name]));

/** Keys that Powertools keeps for itself, and warns of. */
const RESERVED = new Set(['level', 'message', 'sampling_rate', 'service', 'timestamp']);

/**
 * Powertools' logger, with a shorter way for the usual line: a constant message and flat facts. Powertools reads the
 * environment, merges deeply and replaces values for each line, which takes several times as long as the rest of a warm
 * invocation's work. The records are the same; whatever is not flat goes Powertools' own way.
 */
export class LeanLogger extends PowertoolsLogger {
  readonly #write: ((line: string) => void) | undefined;
  /** What every line has: the service, and the sampling rate where one is set. */
  readonly #constants: Readonly<Record<string, unknown>>;
  /** Powertools writes local times where `TZ` asks for them. */
  readonly #isUtc: boolean;

  constructor({ serviceName, logLevel, write }: LeanLoggerOptions) {
    super({ serviceName, ...(logLevel && { logLevel }) });
    this.#write = write;
    const sample = this.createAndPopulateLogItem(LogLevelThreshold.INFO, '', []);
    sample.prepareForPrint();
    const { level, timestamp, xray_trace_id, ...constants } = sample.getAttributes();
    this.#constants = constants;
    this.#isUtc = String(timestamp).endsWith('Z');
  }

  protected override processLogItem(level: Process[0], input: Process[1], extra: Process[2]): void {
    if (level < this.level) return;
    // What Powertools says while it is being constructed, such as of sampling, it says by itself.
    const isReady = #isUtc in this;
    const record =
      isReady && this.#isUtc && typeof input === 'string' ? this.#toRecord(level, input, extra) : undefined;
    if (record) this.#print(level, JSON.stringify(record));
    else super.processLogItem(level, input, extra);
  }

  protected override printLog(level: Print[0], item: Print[1]): void {
    if (#isUtc in this) {
      item.prepareForPrint();
      this.#print(level, JSON.stringify(item.getAttributes(), this.getJsonReplacer()));
    } else super.printLog(level, item);
  }

  /** The record, or nothing where some of it is more than a flat fact. */
  #toRecord(level: number, message: string, extra: Process[2]): Record<string, unknown> | undefined {
    const record: Record<string, unknown> = {
      level: levelNames.get(level),
      message: message || undefined,
      timestamp: new Date().toISOString(),
      ...this.#constants,
      xray_trace_id: getXRayTraceIdFromEnv(),
    };
    for (const fields of extra) {
      if (typeof fields !== 'object' || fields instanceof Error) return undefined;
      for (const [key, value] of Object.entries(fields)) {
        if (RESERVED.has(key) || !isFlat(value)) return undefined;
        // As Powertools leaves out what says nothing.
        record[key] = value === '' || value === null ? undefined : value;
      }
    }
    return record;
  }

  #print(level: number, line: string): void {
    if (this.#write) this.#write(line);
    else (level >= LogLevelThreshold.WARN ? process.stderr : process.stdout).write(`${line}\n`);
  }
}

function isFlat(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((entry) => typeof entry === 'string');
  return value === null || (typeof value !== 'object' && typeof value !== 'bigint');
}
