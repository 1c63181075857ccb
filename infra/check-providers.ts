import { Token } from 'aws-cdk-lib';
import { ConfigError, readConfig } from '../functions/runtime/setup/config.ts';
import { InvalidProviderError } from '../src/compute/errors.ts';
import type { ProviderSettings } from './events/provider-events.ts';
import { providerPermissions } from './functions/provider-access.ts';
import { SettingsError } from './settings-error.ts';

/** Types that manage what is on the machine they run on: a function has none that stays. */
const onOneMachine: ReadonlySet<string> = new Set(['process']);

const WRONG = 'The providers cannot be used:';

/** Says before anything is deployed what the functions would say when they start: they read the same settings. */
export function checkProviders(providers: ProviderSettings): void {
  const text = JSON.stringify(providers);
  if (Token.isUnresolved(text)) {
    throw new SettingsError(WRONG, [
      'their settings have to be known when the template is made, because permissions are made from them.',
      'Give the cluster a name, and spell its ARN out: arn:aws:ecs:REGION:ACCOUNT:cluster/NAME.',
    ]);
  }
  try {
    readConfig({ BERTH_PROVIDERS: text }, {});
    providerPermissions('on-sweep', providers);
  } catch (error) {
    throw explain(error);
  }
  const misplaced = Object.entries(providers).filter(([, { type }]) => onOneMachine.has(type));
  if (misplaced.length === 0) return;
  const lines = misplaced.map(
    ([name, { type }]) => `providers/${name}: ${type} runs tenants on its own machine; on AWS, use ecs`,
  );
  throw new SettingsError(WRONG, lines);
}

/** The same words as at run time, with the name that the setting has here. */
function explain(error: unknown): unknown {
  if (error instanceof InvalidProviderError) return new SettingsError(WRONG, error.message.split('; '));
  if (!(error instanceof ConfigError)) return error;
  const [, ...lines] = error.message.split('\n');
  return new SettingsError(
    WRONG,
    lines.map((line) => line.trim().replace('BERTH_PROVIDERS', 'providers')),
  );
}
