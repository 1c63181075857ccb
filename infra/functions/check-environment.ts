import { SettingsError } from '../settings.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_BYTES = 4096;

/** A value that is known only at deployment, such as an ARN, is assumed to have this length. */
const TOKEN_BYTES = 64;
const TOKEN = /[$#]\{Token\[[A-Za-z0-9:._-]+\]\}/g;

/** Throws `SettingsError` with the figures if Lambda would refuse an environment. Values may contain tokens. */
export function checkEnvironment(operation: string, environment: Readonly<Record<string, string>>): void {
  const total = Object.entries(environment).reduce((sum, entry) => sum + sizeOf(entry.join('')), 0);
  if (total <= MAX_BYTES) return;
  const bytes = sizeOf(environment.BERTH_PROVIDERS ?? '');
  throw new SettingsError('The settings of the providers do not fit into a function:', [
    `providers: ${bytes} bytes of settings make the environment of ${operation} ${total} bytes; Lambda allows ${MAX_BYTES}.`,
    'Shorten lists, such as allow by patterns, or divide the providers between two installations.',
  ]);
}

function sizeOf(text: string): number {
  return Buffer.byteLength(text.replaceAll(TOKEN, 'x'.repeat(TOKEN_BYTES)));
}
