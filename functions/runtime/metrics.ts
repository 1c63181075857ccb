import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Metrics, OperationMetric } from '../../src/index.ts';
import type { InventoryReport } from '../../src/tenants/inventory.ts';
import { METRICS } from './metric-names.ts';

export interface MetricsOptions {
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

/**
 * Powertools' embedded metrics in the shape the core asks for. Each record is written whole in one synchronous step:
 * nothing is left for the next request, and dimensions of requests that overlap cannot mix.
 */
export function createMetrics({ write }: MetricsOptions = {}): RuntimeMetrics {
  const metrics = new PowertoolsMetrics({ namespace: METRICS.namespace, serviceName: METRICS.service });
  const publish = () => (write ? writeStored(metrics, write) : metrics.publishStoredMetrics());
  const add = (name: string, value: number) => metrics.addMetric(name, MetricUnit.Count, value);
  return {
    recordOperation({ operation, provider, outcome, duration }: OperationMetric): void {
      metrics.addDimensions({ operation, provider, outcome });
      add(METRICS.operations, 1);
      metrics.addMetric(METRICS.operationDuration, MetricUnit.Milliseconds, Math.round(duration * 1000) / 1000);
      publish();
    },
    recordInventory({ provider, held, failed, orphans, healed }): void {
      metrics.addDimensions({ provider });
      add(METRICS.held, held);
      add(METRICS.failed, failed);
      add(METRICS.orphans, orphans.length);
      add(METRICS.healed, healed.length);
      publish();
    },
    recordSweep(taken): void {
      add(METRICS.sweeps, 1);
      add(METRICS.swept, taken);
      publish();
    },
    count(name, dimensions) {
      metrics.addDimensions({ ...dimensions });
      add(name, 1);
      publish();
    },
    recordColdStart: (functionName) => metrics.captureColdStartMetric(functionName),
  };
}

function writeStored(metrics: PowertoolsMetrics, write: (line: string) => void): void {
  write(JSON.stringify(metrics.serializeMetrics()));
  metrics.clearMetrics();
  metrics.clearDimensions();
}
