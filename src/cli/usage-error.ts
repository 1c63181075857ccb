/** Reports a command line that cannot be understood. The message says what would be accepted. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
