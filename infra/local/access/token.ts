import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fchmodSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TOKEN_FILE } from '../../../src/client/local-token.ts';
import { CommandError } from '../command-line.ts';

/** The token of a host that requires one. */
export interface HostToken {
  value: string;
  /** The file that holds it, if the host made it. */
  file: string | undefined;
}

/**
 * Returns the token that callers have to send: `given`, or a new one in a file that only this user can read. Undefined if
 * none is required. A file that an earlier host left is removed. Throws `CommandError`.
 */
export function prepareToken(
  dataDir: string,
  { given, generates }: { given: string | undefined; generates: boolean },
): HostToken | undefined {
  const file = join(dataDir, TOKEN_FILE);
  try {
    rmSync(file, { recursive: true, force: true });
    if (given !== undefined) return { value: given, file: undefined };
    if (!generates) return undefined;
    const value = `berth_${randomBytes(32).toString('base64url')}`;
    const handle = openSync(file, 'wx', 0o600);
    fchmodSync(handle, 0o600); // a umask can take away the owner's permissions, too
    writeSync(handle, `${value}\n`);
    closeSync(handle);
    return { value, file };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`The token file ${file} cannot be written (${code}).\nSet BERTH_TOKEN instead of --token.`);
  }
}

/** Returns the token of a request: a bearer token, or the access key id of an AWS signature, which is not checked. */
export function tokenOf(authorization: string | undefined): string | undefined {
  const bearer = /^Bearer +([\x21-\x7e]{1,4096})$/i.exec(authorization ?? '')?.[1];
  return bearer ?? /^AWS4-HMAC-SHA256 Credential=([\x21-\x7e]{1,4096}?)\/[0-9]{8}\//.exec(authorization ?? '')?.[1];
}

/** Compares in a time that depends on neither of the texts. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
