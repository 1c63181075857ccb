/** Why a command cannot go on, in words for the one who ran it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
