/** Why the local host does not start, in words for the one who started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
