/** A peer that accepts a connection and says nothing is given up on, and the call repeated. */
export const TIMEOUTS = { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true };
