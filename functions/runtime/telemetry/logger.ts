import type { Logger } from '../../../src/compute/logger.ts';
import { requestContext } from '../http/request-context.ts';
import { LeanLogger } from './lean-logger.ts';
import type { LogLevel } from './log-levels.ts';

export interface LoggerOptions {
  /** Default: berth. */
  service?: string | undefined;
  level?: LogLevel | undefined;
  /** Takes each line of JSON, without its line end. Default: standard output and error, which Lambda collects. */
  write?: ((line: string) => void) | undefined;
}

/** Powertools' structured logger in the shape the core asks for, with the fields of the request that is being served. */
export function createLogger({ service = 'berth', level, write }: LoggerOptions = {}): Logger {
  const context = () => requestContext.getStore();
  const logger = new LeanLogger({ serviceName: service, logLevel: level, write, context });
  return {
    debug: (message, fields) => logger.debug(message, toAttributes(fields)),
    info: (message, fields) => logger.info(message, toAttributes(fields)),
    warn: (message, fields) => logger.warn(message, toAttributes(fields)),
    error: (message, fields) => logger.error(message, toAttributes(fields)),
  };
}

/** `message` is Powertools' own key: a field of that name would be dropped, so it is written as `detail`. */
function toAttributes(fields: Record<string, unknown> = {}): Record<string, unknown> {
  if (fields.message === undefined) return fields;
  const { message, ...others } = fields;
  return { ...others, detail: message };
}
