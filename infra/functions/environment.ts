import { SettingsError } from '../settings.ts';
import { longestSize } from './longest-size.ts';

/**
 * The limit of all environment variables of a function together, their names included.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_ENVIRONMENT_BYTES = 4096;

/** The bytes of a value that is unknown at synthesis: settings have many, and most are ids and generated ARNs. */
const UNKNOWN = 96;

/**
 * Checks the environment of a function against the limit of Lambda, which would refuse the function only when the deployment
 * has begun. Throws `SettingsError` with the size, and with the share of each provider.
 */
export function checkEnvironment(
  operation: string,
  environment: Readonly<Record<string, string>>,
  providers: Readonly<Record<string, unknown>>,
): void {
  const total = Object.entries(environment).reduce(
    (sum, [name, value]) => sum + longestSize(name, UNKNOWN) + longestSize(value, UNKNOWN),
    0,
  );
  if (total <= MAX_ENVIRONMENT_BYTES) return;
  const shares = Object.entries(providers).map(
    ([name, settings]) => `providers/${name}: ${longestSize(JSON.stringify(settings), UNKNOWN)} bytes as JSON`,
  );
  throw new SettingsError(
    `The environment of ${operation} would have ${total} bytes, and Lambda allows ${MAX_ENVIRONMENT_BYTES}. ` +
      'Shorten the settings of the providers, or make a second installation for some of them:',
    shares,
  );
}
