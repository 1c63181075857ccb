import type { GetLogEventsCommandInput, GetLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';

/** One call of CloudWatch Logs. Rejects with the SDK's errors, or with the reason of the signal. */
export type GetLogEvents = (
  input: GetLogEventsCommandInput,
  signal?: AbortSignal | undefined,
) => Promise<GetLogEventsCommandOutput>;

/** What the provider needs of CloudWatch Logs: the slice that a test can stand in for. */
export interface LogsClient {
  getLogEvents: GetLogEvents;
  /** Ends connections that are kept open. */
  close?(): void;
}
