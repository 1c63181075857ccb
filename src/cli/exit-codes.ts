/** The exit codes of all commands. */
export const exitCodes = {
  done: 0,
  failed: 1,
  changesPending: 2,
  timedOut: 3,
  usage: 4,
  /** A session ended before its program did, as ssh reports it. */
  sessionEnded: 255,
  /** 128 plus the number of SIGINT, as shells report it. */
  interrupted: 130,
} as const;
