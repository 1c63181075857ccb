export { type Client, createClient } from './client.ts';
export {
  ClientUsageError,
  ProblemError,
  SigningError,
  UnexpectedAnswerError,
  UnreachableError,
  WaitTimeoutError,
} from './errors.ts';
export type {
  ClientOptions,
  Credentials,
  CredentialsProvider,
  Fetch,
  FetchResponse,
  ResponseHeaders,
  RetryInfo,
  Signing,
} from './options.ts';
export type * from './types.ts';
