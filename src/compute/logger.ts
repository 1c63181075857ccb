/** The logger that Berth requires. Messages are constants, facts are fields. Powertools' Logger fits. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** One finished call of the manager. */
export interface OperationMetric {
  operation: 'provision' | 'update' | 'destroy' | 'stop' | 'approve' | 'status' | 'validate' | 'logs' | 'exec';
  provider: string;
  outcome: 'success' | 'no_changes' | 'in_progress' | 'failed';
  /** Milliseconds. */
  duration: number;
}

/** The metrics sink that Berth requires. */
export interface Metrics {
  recordOperation(metric: OperationMetric): void;
}

export const component = 'compute-manager';

/** Log messages. They are constants, so that they can be searched and counted. */
export const messages = {
  provision: { begin: 'provisioning tenant', end: 'provisioning completed', fail: 'provisioning failed' },
  update: { begin: 'updating tenant', end: 'update completed', fail: 'update failed' },
  destroy: { begin: 'destroying tenant', end: 'tenant destroyed', fail: 'destroy failed' },
  approve: { begin: 'approving version', end: 'version approved', fail: 'approval failed' },
  stop: { begin: 'stopping tenant', end: 'tenant stopped', fail: 'stop failed' },
} as const;
