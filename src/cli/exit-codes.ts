/** What the exit code of every command means. */
export const exitCodes = {
  done: 0,
  failed: 1,
  changesPending: 2,
  timedOut: 3,
  usage: 4,
  /** As shells count: 128 and the number of SIGINT. */
  interrupted: 130,
} as const;
