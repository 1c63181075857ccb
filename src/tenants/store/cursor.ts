import { createHmac, timingSafeEqual } from 'node:crypto';
import { InvalidRequestError } from '../../compute/errors.ts';
import { canonicalJson } from '../../compute/spec/json.ts';

const SIGNATURE_BYTES = 16;

/** A cursor is valid for the same caller and the same filter only. */
export interface CursorScope {
  caller: string;
  filter: unknown;
}

/** Returns an opaque text for a position in a list. It is signed, so it cannot be forged or used for another list. */
export function signCursor(position: string, scope: CursorScope, key: Uint8Array): string {
  return Buffer.concat([signature(position, scope, key), Buffer.from(position)]).toString('base64url');
}

/** Returns the position of a cursor. Throws `InvalidRequestError` for one that was not signed for this scope. */
export function readCursor(cursor: string, scope: CursorScope, key: Uint8Array): string {
  const bytes = Buffer.from(cursor, 'base64url');
  const position = bytes.subarray(SIGNATURE_BYTES).toString();
  const expected = signature(position, scope, key);
  const isWhole = bytes.length > expected.length && bytes.toString('base64url') === cursor;
  if (!isWhole || !timingSafeEqual(bytes.subarray(0, expected.length), expected)) {
    throw new InvalidRequestError([
      { pointer: '/cursor', message: 'cursor does not belong to this list; begin again without one' },
    ]);
  }
  return position;
}

function signature(position: string, scope: CursorScope, key: Uint8Array): Buffer {
  return createHmac('sha256', key)
    .update(canonicalJson([position, scope.caller, scope.filter]))
    .digest()
    .subarray(0, SIGNATURE_BYTES);
}
