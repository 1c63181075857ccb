import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Metrics } from '../../../src/compute/logger.ts';
import type { InventoryReport } from '../../../src/tenants/sweep/inventory.ts';
import type { RoundReport } from '../../../src/tenants/watch/watch-schedule.ts';
import { METRICS } from './metric-names.ts';

export interface MetricsOptions {
  /** Default: berth. */
  service?: string | undefined;
  /** Takes each line of embedded metrics, without its line end. Default: standard output, which Lambda collects. */
  write?: ((line: string) => void) | undefined;
}

export interface RuntimeMetrics extends Metrics {
  /** Counts a cold start at the first call of a process, and does nothing at later ones. */
  recordColdStart(functionName: string): void;
  /** Records what an inventory found at one provider. */
  recordInventory(report: InventoryReport): void;
  /** Records what a round of looks at all tenants of one provider found. */
  recordWatch(report: RoundReport): void;
  /** Counts a completed sweep. `taken`: how many tenants it reconciled. `skipped`: how many it could not read or write. */
  recordSweep(taken: number, skipped?: number): void;
  /** Counts one occurrence. */
  count(name: string, dimensions: Readonly<Record<string, string>>): void;
}

const { Count, Milliseconds } = MetricUnit;

/** Powertools' metrics, whose records go to a destination of the caller's choice. */
class RecordMetrics extends PowertoolsMetrics {
  /**
   * Publishes a record in one synchronous step. Nothing is left for the next invocation, and the dimensions of concurrent
   * requests cannot mix.
   */
  publish(
    values: Readonly<Record<string, number>>,
    dimensions: Readonly<Record<string, string>>,
    write: MetricsOptions['write'],
  ): void {
    if (this.isDisabled()) return;
    if (Object.keys(dimensions).length > 0) this.addDimensions({ ...dimensions });
    for (const [name, value] of Object.entries(values)) {
      this.addMetric(name, name === METRICS.operationDuration ? Milliseconds : Count, value);
    }
    if (!write) {
      this.publishStoredMetrics();
      return;
    }
    write(JSON.stringify(this.serializeMetrics()));
    this.clearMetrics();
    this.clearDimensions();
  }
}

/** Returns Powertools' metrics as the interface of the core: one line of Embedded Metric Format for each record. */
export function createMetrics({ service = 'berth', write }: MetricsOptions = {}): RuntimeMetrics {
  const metrics = new RecordMetrics({ namespace: METRICS.namespace, serviceName: service });
  let isWarm = false;
  return {
    recordOperation({ duration, ...dimensions }) {
      const milliseconds = Math.round(duration * 1000) / 1000;
      metrics.publish({ [METRICS.operations]: 1, [METRICS.operationDuration]: milliseconds }, dimensions, write);
    },
    recordInventory({ provider, held, failed, orphans, unowned, foreign, removed, healed }) {
      const values = {
        [METRICS.held]: held,
        [METRICS.failed]: failed,
        [METRICS.orphans]: orphans + unowned,
        [METRICS.unowned]: unowned,
        [METRICS.foreign]: foreign,
        [METRICS.removed]: removed,
        [METRICS.healed]: healed,
      };
      metrics.publish(values, { provider }, write);
    },
    recordWatch({ provider, unhealthy, unreachable }) {
      const values = { [METRICS.unhealthy]: unhealthy, [METRICS.unreachable]: unreachable };
      metrics.publish(values, { provider }, write);
    },
    recordSweep(taken, skipped = 0) {
      metrics.publish({ [METRICS.sweeps]: 1, [METRICS.swept]: taken, [METRICS.skipped]: skipped }, {}, write);
    },
    count: (name, dimensions) => metrics.publish({ [name]: 1 }, dimensions, write),
    recordColdStart(functionName) {
      if (!isWarm) metrics.captureColdStartMetric(functionName);
      isWarm = true;
    },
  };
}
