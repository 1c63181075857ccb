import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../functions/runtime/telemetry/metric-names.ts';
import type { OperationMetric } from '../../src/compute/logger.ts';

/** Selects calls to providers. Each metric of Berth has exactly one value for every dimension. */
export interface OperationDimensions {
  operation: OperationMetric['operation'];
  provider: string;
  /** Default: `success`. */
  outcome?: OperationMetric['outcome'];
}

/** The metrics that the functions of one installation emit. */
export type InstallationMetrics = ReturnType<typeof metricsOf>;

/** Returns the metrics of the installation with this name. */
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
    /** Number of calls to a provider with this outcome. */
    operations: (dimensions: OperationDimensions, options?: MetricOptions) =>
      ours(METRICS.operations, Stats.SUM, dimensionsOf(dimensions), options),
    /** Duration of these calls in milliseconds. Default statistic: p90. */
    operationDuration: (dimensions: OperationDimensions, options?: MetricOptions) =>
      ours(METRICS.operationDuration, Stats.percentile(90), dimensionsOf(dimensions), options),
    /** Current number of failed tenants of a provider. */
    failedTenants: (provider: string, options?: MetricOptions) =>
      ours(METRICS.failed, Stats.MAXIMUM, { provider }, options),
    /** Current number of tenants that were last observed to be unhealthy. */
    unhealthyTenants: (provider: string, options?: MetricOptions) =>
      ours(METRICS.unhealthy, Stats.MAXIMUM, { provider }, options),
    /** Current number of tenants whose health is not known, because their provider could not be asked. */
    unreachableTenants: (provider: string, options?: MetricOptions) =>
      ours(METRICS.unreachable, Stats.MAXIMUM, { provider }, options),
    /** Current number of orphans: what a provider holds and no tenant owns. */
    orphanedTenants: (provider: string, options?: MetricOptions) =>
      ours(METRICS.orphans, Stats.MAXIMUM, { provider }, options),
    /** Current number of tenants of other installations that a provider shows. */
    foreignTenants: (provider: string, options?: MetricOptions) =>
      ours(METRICS.foreign, Stats.MAXIMUM, { provider }, options),
    /** Current number of tenants that a provider holds. */
    heldTenants: (provider: string, options?: MetricOptions) =>
      ours(METRICS.held, Stats.MAXIMUM, { provider }, options),
    /** Current number of tenants that the sweep skips, because its latest try failed with each of them. */
    skippedTenants: (options?: MetricOptions) => ours(METRICS.skipped, Stats.MAXIMUM, {}, options),
    /** Number of completed sweeps. */
    sweeps: (options?: MetricOptions) => ours(METRICS.sweeps, Stats.SUM, {}, options),
  };
}

function dimensionsOf({ operation, provider, outcome = 'success' }: OperationDimensions) {
  return { operation, provider, outcome };
}
