/** What a command says if the answer of a control plane lacks what it reads. */
export const unexpectedForm = {
  message: 'the answer of the control plane has an unexpected form',
  hint: 'Check that the endpoint is a Berth of this version. berth doctor shows what it is.',
} as const;

/** Returns true for errors of code that read an answer. The client checks the outer form of an answer only. */
export function isOfUnexpectedForm(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}
