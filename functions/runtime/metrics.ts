import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Metrics, OperationMetric } from '../../src/index.ts';
import type { InventoryReport } from '../../src/tenants/inventory.ts';
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

type Measured = readonly [name: string, value: number, unit?: (typeof MetricUnit)[keyof typeof MetricUnit]];

/** Powertools' metrics, of which it is asked what only they know. */
class Powertools extends PowertoolsMetrics {
  get off(): boolean {
    return this.isDisabled();
  }
}

/**
 * Embedded metrics in the shape the core asks for. Each record is written whole in one synchronous step: nothing is left
 * for the next request, and dimensions of requests that overlap cannot mix. It is written directly, as Powertools takes
 * ten times as long to collect a record that is known whole; Powertools counts cold starts.
 */
export function createMetrics({ service = 'berth', write = toStandardOutput }: MetricsOptions = {}): RuntimeMetrics {
  const powertools = new Powertools({ namespace: METRICS.namespace, serviceName: service });
  const publish = (dimensions: Readonly<Record<string, string>>, ...measured: Measured[]) => {
    if (!powertools.off) write(JSON.stringify(toRecord(service, dimensions, measured)));
  };
  let isWarm = false;
  return {
    recordOperation({ operation, provider, outcome, duration }: OperationMetric): void {
      const milliseconds = Math.round(duration * 1000) / 1000;
      publish(
        { operation, provider, outcome },
        [METRICS.operations, 1],
        [METRICS.operationDuration, milliseconds, MetricUnit.Milliseconds],
      );
    },
    recordInventory({ provider, held, failed, orphans, healed }): void {
      publish(
        { provider },
        [METRICS.held, held],
        [METRICS.failed, failed],
        [METRICS.orphans, orphans],
        [METRICS.healed, healed],
      );
    },
    recordSweep: (taken) => publish({}, [METRICS.sweeps, 1], [METRICS.swept, taken]),
    count: (name, dimensions) => publish(dimensions, [name, 1]),
    recordColdStart(functionName): void {
      if (!isWarm) powertools.captureColdStartMetric(functionName);
      isWarm = true;
    },
  };
}

/** Embedded Metric Format, as Powertools writes it. */
function toRecord(service: string, dimensions: Readonly<Record<string, string>>, measured: readonly Measured[]) {
  const metrics = measured.map(([name, , unit = MetricUnit.Count]) => ({ Name: name, Unit: unit }));
  const directive = {
    Namespace: METRICS.namespace,
    Dimensions: [['service', ...Object.keys(dimensions)]],
    Metrics: metrics,
  };
  const record: Record<string, unknown> = {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] },
    service,
    ...dimensions,
  };
  for (const [name, value] of measured) record[name] = value;
  return record;
}

function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
