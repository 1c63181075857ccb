import type { Logger } from '../../src/compute/logger.ts';

export interface LogEntry {
  level: keyof Logger;
  message: string;
  fields: Record<string, unknown> | undefined;
}

export interface CapturedLogger extends Logger {
  readonly entries: LogEntry[];
}

/** Creates a logger that records its entries. */
export function createCapturedLogger(): CapturedLogger {
  const entries: LogEntry[] = [];
  const keep = (level: keyof Logger) => (message: string, fields?: Record<string, unknown>) => {
    entries.push({ level, message, fields });
  };
  return { entries, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}
