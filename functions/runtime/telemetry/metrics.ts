import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Metrics, OperationMetric } from '../../../src/compute/logger.ts';
import type { InventoryReport } from '../../../src/tenants/sweep/inventory.ts';
import { METRICS } from './metric-names.ts';

export interface MetricsOptions {
  /** Default: berth. */
  service?: string | undefined;
  /** Takes each line of embedded metrics, without its line end. Default: standard output, which Lambda collects. */
  write?: ((line: string) => void) | undefined;
}

export interface RuntimeMetrics extends Metrics {
  /** Counts a cold start, where this is one. */
  recordColdStart(functionName: string): void;
  /** What a stock-taking found at one provider. */
  recordInventory(report: InventoryReport): void;
  /** A sweep that came to its end, and how many tenants it took up. */
  recordSweep(taken: number): void;
  /** Counts something that happened once. */
  count(name: string, dimensions: Readonly<Record<string, string>>): void;
}

/** Powertools' metrics, of which it is asked what only they know. */
class Powertools extends PowertoolsMetrics {
  get off(): boolean {
    return this.isDisabled();
  }
}

const { Count, Milliseconds } = MetricUnit;
const operations = directiveOf(['operation', 'provider', 'outcome'], {
  [METRICS.operations]: Count,
  [METRICS.operationDuration]: Milliseconds,
});
const inventory = directiveOf(['provider'], {
  [METRICS.held]: Count,
  [METRICS.failed]: Count,
  [METRICS.orphans]: Count,
  [METRICS.healed]: Count,
});
const sweeps = directiveOf([], { [METRICS.sweeps]: Count, [METRICS.swept]: Count });

/**
 * Embedded metrics in the shape the core asks for. Each record is written whole in one synchronous step: nothing is left
 * for the next request, and dimensions of requests that overlap cannot mix. It is written directly, as Powertools takes
 * ten times as long to collect a record that is known whole; Powertools counts cold starts.
 */
export function createMetrics({ service = 'berth', write = toStandardOutput }: MetricsOptions = {}): RuntimeMetrics {
  const powertools = new Powertools({ namespace: METRICS.namespace, serviceName: service });
  const ofService = `"service":${JSON.stringify(service)}`;
  const publish = (directive: string, record: Readonly<Record<string, string | number>>) => {
    if (powertools.off) return;
    const members = JSON.stringify(record).slice(1);
    write(`{"_aws":{"Timestamp":${Date.now()},"CloudWatchMetrics":[${directive}]},${ofService},${members}`);
  };
  let isWarm = false;
  return {
    recordOperation({ operation, provider, outcome, duration }: OperationMetric): void {
      publish(operations, {
        operation,
        provider,
        outcome,
        [METRICS.operations]: 1,
        [METRICS.operationDuration]: Math.round(duration * 1000) / 1000,
      });
    },
    recordInventory({ provider, held, failed, orphans, healed }): void {
      publish(inventory, {
        provider,
        [METRICS.held]: held,
        [METRICS.failed]: failed,
        [METRICS.orphans]: orphans,
        [METRICS.healed]: healed,
      });
    },
    recordSweep: (taken) => publish(sweeps, { [METRICS.sweeps]: 1, [METRICS.swept]: taken }),
    count: (name, dimensions) =>
      publish(directiveOf(Object.keys(dimensions), { [name]: Count }), { ...dimensions, [name]: 1 }),
    recordColdStart(functionName): void {
      if (!isWarm) powertools.captureColdStartMetric(functionName);
      isWarm = true;
    },
  };
}

/** What CloudWatch is to read from a record, in Embedded Metric Format as Powertools writes it: the same for each of its kind. */
function directiveOf(dimensions: readonly string[], units: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    Namespace: METRICS.namespace,
    Dimensions: [['service', ...dimensions]],
    Metrics: Object.entries(units).map(([Name, Unit]) => ({ Name, Unit })),
  });
}

function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
