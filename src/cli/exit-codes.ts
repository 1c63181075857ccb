/** The exit codes of all commands. */
export const exitCodes = {
  done: 0,
  failed: 1,
  changesPending: 2,
  timedOut: 3,
  usage: 4,
  /** 128 plus the number of SIGINT, as shells report it. */
  interrupted: 130,
} as const;
