import { Token } from 'aws-cdk-lib';
import { ConfigError, readConfig } from '../functions/runtime/setup/config.ts';
import { InvalidProviderError } from '../src/compute/errors.ts';
import { providerPermissions } from './functions/access.ts';
import { withTypes } from './provider-types.ts';
import { type ProviderSettings, SettingsError } from './settings.ts';

const SUMMARY = 'The settings of the providers are invalid:';

/** Validates the settings as the functions do when they start, before anything is deployed. Throws `SettingsError`. */
export function checkProviders(providers: ProviderSettings): void {
  const text = JSON.stringify(providers);
  if (Token.isUnresolved(text)) {
    throw new SettingsError(SUMMARY, [
      'they contain a token, but permissions are derived from them at synthesis.',
      'Name the cluster, and write its ARN as text: arn:aws:ecs:REGION:ACCOUNT:cluster/NAME.',
    ]);
  }
  try {
    readConfig({ BERTH_PROVIDERS: text }, {});
    providerPermissions('on-sweep', providers);
  } catch (error) {
    throw toSettingsError(error);
  }
  const local = withTypes(providers).filter(({ row }) => !row.runsOnLambda);
  if (local.length === 0) return;
  throw new SettingsError(
    SUMMARY,
    local.map(({ name, type }) => `providers/${name}: type ${type} runs tenants on the local machine. On AWS, use ecs`),
  );
}

/** Converts an error of the functions: the same text, with the name of the setting instead of the variable. */
function toSettingsError(error: unknown): unknown {
  if (error instanceof InvalidProviderError) return new SettingsError(SUMMARY, error.message.split('; '));
  if (!(error instanceof ConfigError)) return error;
  const [, ...lines] = error.message.split('\n');
  return new SettingsError(
    SUMMARY,
    lines.map((line) => line.trim().replace('BERTH_PROVIDERS', 'providers')),
  );
}
