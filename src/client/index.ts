export { type Client, createClient } from './client.ts';
export {
  ClientUsageError,
  ProblemError,
  SigningError,
  UnexpectedAnswerError,
  UnreachableError,
  WaitTimeoutError,
} from './errors.ts';
export type { Fetch, FetchResponse, ResponseHeaders } from './fetch.ts';
export type {
  ClientOptions,
  Credentials,
  CredentialsProvider,
  RetryInfo,
  Signing,
} from './options.ts';
export type * from './types.ts';
