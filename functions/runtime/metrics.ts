import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Metrics, OperationMetric } from '../../src/index.ts';

export interface MetricsOptions {
  /** Takes each line of embedded metrics, without its line end. Default: standard output, which Lambda collects. */
  write?: ((line: string) => void) | undefined;
}

export interface RuntimeMetrics extends Metrics {
  /** Counts a cold start, where this is one. */
  recordColdStart(functionName: string): void;
  /** Counts something that happened once. */
  count(name: string, dimensions: Readonly<Record<string, string>>): void;
}

/**
 * Powertools' embedded metrics in the shape the core asks for. Each record is written whole in one synchronous step:
 * nothing is left for the next request, and dimensions of requests that overlap cannot mix.
 */
export function createMetrics({ write }: MetricsOptions = {}): RuntimeMetrics {
  const metrics = new PowertoolsMetrics({ namespace: 'Berth', serviceName: 'berth' });
  return {
    recordOperation({ operation, provider, outcome, duration }: OperationMetric): void {
      metrics.addDimensions({ operation, provider, outcome });
      metrics.addMetric('Operations', MetricUnit.Count, 1);
      metrics.addMetric('OperationDuration', MetricUnit.Milliseconds, Math.round(duration * 1000) / 1000);
      if (write) writeStored(metrics, write);
      else metrics.publishStoredMetrics();
    },
    count(name, dimensions) {
      metrics.addDimensions({ ...dimensions });
      metrics.addMetric(name, MetricUnit.Count, 1);
      if (write) writeStored(metrics, write);
      else metrics.publishStoredMetrics();
    },
    recordColdStart: (functionName) => metrics.captureColdStartMetric(functionName),
  };
}

function writeStored(metrics: PowertoolsMetrics, write: (line: string) => void): void {
  write(JSON.stringify(metrics.serializeMetrics()));
  metrics.clearMetrics();
  metrics.clearDimensions();
}
