import { AsyncLocalStorage } from 'node:async_hooks';
import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { Logger } from '../../../src/compute/logger.ts';
import type { LogLevel } from '../setup/config.ts';

/** Fields of every log line of one invocation. */
export interface LogContext {
  operation: string;
  request_id: string;
  function_name: string;
  function_request_id: string;
}

/**
 * The context of the running code. Node.js keeps it, not the logger: an invocation cannot leak fields into the next one,
 * and concurrent requests of the local host cannot mix theirs.
 */
export const logContext = new AsyncLocalStorage<LogContext>();

export interface LoggerOptions {
  /** Default: berth. */
  service?: string | undefined;
  level?: LogLevel | undefined;
  /** Takes each line of JSON, without its line end. Default: standard output and error, which Lambda collects. */
  write?: ((line: string) => void) | undefined;
}

/** Returns Powertools' structured logger as the interface of the core. Each line carries the fields of `logContext`. */
export function createLogger({ service = 'berth', level, write }: LoggerOptions = {}): Logger {
  const logger = new LineLogger({ serviceName: service, ...(level && { logLevel: level }) }, write);
  return {
    debug: (message, fields) => logger.debug(message, toAttributes(fields)),
    info: (message, fields) => logger.info(message, toAttributes(fields)),
    warn: (message, fields) => logger.warn(message, toAttributes(fields)),
    error: (message, fields) => logger.error(message, toAttributes(fields)),
  };
}

type Options = ConstructorParameters<typeof PowertoolsLogger>[0];
type Print = Parameters<PowertoolsLogger['printLog']>;

/** Powertools' logger with a destination of the caller's choice. */
class LineLogger extends PowertoolsLogger {
  readonly #write: ((line: string) => void) | undefined;

  constructor(options: Options, write: ((line: string) => void) | undefined) {
    super(options);
    this.#write = write;
  }

  protected override printLog(level: Print[0], item: Print[1]): void {
    // Powertools' constructor may print: the field is missing until it returns.
    const write = #write in this ? this.#write : undefined;
    if (write) {
      item.prepareForPrint();
      write(JSON.stringify(item.getAttributes(), this.getJsonReplacer()));
    } else super.printLog(level, item);
  }
}

/** `message` is a reserved key that Powertools drops, so a field of that name is logged as `detail`. */
function toAttributes({ message, ...fields }: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...logContext.getStore(), ...fields, ...(message !== undefined && { detail: message }) };
}
