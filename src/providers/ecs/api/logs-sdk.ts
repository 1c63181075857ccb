import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { LogsClient } from './logs-client.ts';
import { TIMEOUTS } from './timeouts.ts';

/** The AWS SDK for logs, imported when logs are first asked for. It does not repeat calls itself: `retry.ts` does. */
export function createLogsClient(config: CloudWatchLogsClientConfig): LogsClient {
  const client = new CloudWatchLogsClient({ requestHandler: TIMEOUTS, ...config, maxAttempts: 1 });
  return {
    getLogEvents: (input, signal) => client.send(new GetLogEventsCommand(input), signal ? { abortSignal: signal } : {}),
    close: () => client.destroy(),
  };
}
