/** The user interrupted a command before it did anything. */
export class InterruptedError extends Error {}
