import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../functions/runtime/metric-names.ts';
import type { OperationMetric } from '../src/compute/logger.ts';

/** Which calls to providers: a metric of Berth's has exactly one value of each. */
export interface OperationDimensions {
  operation: OperationMetric['operation'];
  provider: string;
  /** Default: success. */
  outcome?: OperationMetric['outcome'];
}

/** How many calls to a provider came out so. */
export function operations(dimensions: OperationDimensions, options?: MetricOptions): Metric {
  return ours(METRICS.operations, Stats.SUM, dimensionsOf(dimensions), options);
}

/** How long they took, in milliseconds; p90 where nothing else is said. */
export function operationDuration(dimensions: OperationDimensions, options?: MetricOptions): Metric {
  return ours(METRICS.operationDuration, Stats.percentile(90), dimensionsOf(dimensions), options);
}

/** Tenants of a provider that are failed, now. */
export function failedTenants(provider: string, options?: MetricOptions): Metric {
  return ours(METRICS.failed, Stats.MAXIMUM, { provider }, options);
}

/** What a provider holds and no tenant owns, now. */
export function orphanedTenants(provider: string, options?: MetricOptions): Metric {
  return ours(METRICS.orphans, Stats.MAXIMUM, { provider }, options);
}

/** Tenants that a provider holds, now. */
export function heldTenants(provider: string, options?: MetricOptions): Metric {
  return ours(METRICS.held, Stats.MAXIMUM, { provider }, options);
}

/** Sweeps that came to their end. */
export function sweeps(options?: MetricOptions): Metric {
  return ours(METRICS.sweeps, Stats.SUM, {}, options);
}

function dimensionsOf({ operation, provider, outcome = 'success' }: OperationDimensions) {
  return { operation, provider, outcome };
}

function ours(metricName: string, statistic: string, dimensions: Record<string, string>, options?: MetricOptions) {
  return new Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: { service: METRICS.service, ...dimensions },
    statistic,
    period: Duration.minutes(5),
    ...options,
  });
}
