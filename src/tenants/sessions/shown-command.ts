import { redactor, stripControls } from '../../compute/spec/redact.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';

const LONGEST = 256;
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * Returns a command as the activity records it: quoted as for a shell, without control characters, with every env value of
 * the tenant as `[redacted]`, and cut to 256 characters. It is what the caller typed: a secret that is in no env value
 * stays, so callers have to send such a one as input of the program.
 */
export function shownCommand(
  command: readonly string[],
  { containers }: Pick<TenantComputeSpec, 'containers'>,
): string {
  const hide = redactor(containers.flatMap(({ env = {} }) => Object.values(env)));
  const words = command.map(hide).map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  const text = stripControls(words.join(' ')).replace(/\s+/g, ' ');
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1).toWellFormed()}…` : text.toWellFormed();
}
