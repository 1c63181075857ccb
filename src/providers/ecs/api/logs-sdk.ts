import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { type LogsClient, REQUEST_HANDLER } from './client.ts';

/** Creates the SDK client for logs. This module is imported by the first read of logs. Retries are in `retry.ts`. */
export function createLogsClient(config: CloudWatchLogsClientConfig): LogsClient {
  const client = new CloudWatchLogsClient({ requestHandler: REQUEST_HANDLER, ...config, maxAttempts: 1 });
  return {
    getLogEvents: (input, signal) => client.send(new GetLogEventsCommand(input), signal ? { abortSignal: signal } : {}),
    close: () => client.destroy(),
  };
}
