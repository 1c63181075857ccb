import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';

const logger = new Logger();
const metrics = new Metrics();

/** A minimal function with middleware, a structured log and metrics. */
export const handler = middy(async () => {
  logger.info('request received');
  metrics.addMetric('Requests', MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
  return { statusCode: 204 };
});
