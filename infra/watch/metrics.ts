import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../functions/runtime/telemetry/metric-names.ts';
import type { OperationMetric } from '../../src/compute/logger.ts';

/** Which calls to providers: a metric of Berth's has exactly one value of each. */
export interface OperationDimensions {
  operation: OperationMetric['operation'];
  provider: string;
  /** Default: success. */
  outcome?: OperationMetric['outcome'];
}

/** The metrics that the functions of one installation write. */
export type InstallationMetrics = ReturnType<typeof metricsOf>;

/** What the functions of an installation of this name measure. */
export function metricsOf(installation: string) {
  function ours(metricName: string, statistic: string, dimensions: Record<string, string>, options?: MetricOptions) {
    return new Metric({
      namespace: METRICS.namespace,
      metricName,
      dimensionsMap: { service: installation, ...dimensions },
      statistic,
      period: Duration.minutes(5),
      ...options,
    });
  }
  return {
    /** How many calls to a provider came out so. */
    operations: (dimensions: OperationDimensions, options?: MetricOptions) =>
      ours(METRICS.operations, Stats.SUM, dimensionsOf(dimensions), options),
    /** How long they took, in milliseconds; p90 where nothing else is said. */
    operationDuration: (dimensions: OperationDimensions, options?: MetricOptions) =>
      ours(METRICS.operationDuration, Stats.percentile(90), dimensionsOf(dimensions), options),
    /** Tenants of a provider that are failed, now. */
    failedTenants: (provider: string, options?: MetricOptions) =>
      ours(METRICS.failed, Stats.MAXIMUM, { provider }, options),
    /** What a provider holds and no tenant owns, now. */
    orphanedTenants: (provider: string, options?: MetricOptions) =>
      ours(METRICS.orphans, Stats.MAXIMUM, { provider }, options),
    /** Tenants that a provider holds, now. */
    heldTenants: (provider: string, options?: MetricOptions) =>
      ours(METRICS.held, Stats.MAXIMUM, { provider }, options),
    /** Sweeps that came to their end. */
    sweeps: (options?: MetricOptions) => ours(METRICS.sweeps, Stats.SUM, {}, options),
  };
}

function dimensionsOf({ operation, provider, outcome = 'success' }: OperationDimensions) {
  return { operation, provider, outcome };
}
