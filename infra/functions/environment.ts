import { Token, Tokenization } from 'aws-cdk-lib';
import { SettingsError } from '../settings.ts';

/**
 * The limit of all environment variables of a function together, their names included.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_ENVIRONMENT_BYTES = 4096;

/** The longest name that AWS gives to a table or a bus, which is unknown at synthesis. */
const UNKNOWN_NAME = 256;

/**
 * Checks the environment of a function against the limit of Lambda, which would refuse the function only when the deployment
 * has begun. Throws `SettingsError` with the size, and with the share of each provider.
 */
export function checkEnvironment(
  operation: string,
  environment: Readonly<Record<string, string>>,
  providers: Readonly<Record<string, unknown>>,
): void {
  const total = Object.entries(environment).reduce((sum, [name, value]) => sum + sizeOf(name) + sizeOf(value), 0);
  if (total <= MAX_ENVIRONMENT_BYTES) return;
  const shares = Object.entries(providers).map(
    ([name, settings]) => `providers/${name}: ${sizeOf(JSON.stringify(settings))} bytes as JSON`,
  );
  throw new SettingsError(
    `The environment of ${operation} would have ${total} bytes, and Lambda allows ${MAX_ENVIRONMENT_BYTES}. ` +
      'Shorten the settings of the providers, or make a second installation for some of them:',
    shares,
  );
}

/** Returns the bytes of a text. A part that is known only at deployment counts as the longest name. */
function sizeOf(text: string): number {
  if (!Token.isUnresolved(text)) return Buffer.byteLength(text);
  const known = Tokenization.reverseString(text).mapTokens({ mapToken: () => 'x'.repeat(UNKNOWN_NAME) });
  return Buffer.byteLength(known.join({ join: (left, right) => `${left ?? ''}${right ?? ''}` }));
}
