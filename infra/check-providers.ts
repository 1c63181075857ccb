import { Token } from 'aws-cdk-lib';
import { ConfigError, readConfig } from '../functions/runtime/setup/config.ts';
import { clashMistakes } from '../src/compute/descriptor/descriptor.ts';
import { InvalidProviderError } from '../src/compute/errors.ts';
import { toIssues } from '../src/compute/spec/issues.ts';
import { loadType } from '../src/providers/provider-modules.ts';
import { providerPermissions } from './functions/access.ts';
import { providersWithEvents, type RegisteredProvider, registeredProviders } from './registered-providers.ts';
import { type ProviderSettings, SettingsError } from './settings.ts';

const SUMMARY = 'The settings of the providers are invalid:';

/**
 * Validates the settings as the functions do when they start, before anything is deployed. Throws `SettingsError`, which
 * names each provider that is wrong, and its module.
 */
export function checkProviders(providers: ProviderSettings): void {
  try {
    readConfig({ BERTH_PROVIDERS: JSON.stringify(providers) }, {});
  } catch (error) {
    throw toSettingsError(error);
  }
  refuse(Object.entries(providers).flatMap(([name, { type }]) => named(name, loadType(type).mistake ?? [])));
  const registered = registeredProviders(providers);
  refuse(clashMistakes(registered).flatMap(({ name, mistake }) => named(name, mistake)));
  refuse(registered.flatMap(settingsMistakes));
  refuse(
    registered
      .filter(({ descriptor: { runsOn } }) => runsOn && !runsOn.includes('lambda'))
      .flatMap(({ name, type }) => named(name, `type ${type} runs tenants on the local machine. On AWS, use ecs`)),
  );
  try {
    providerPermissions('on-sweep', providers);
    providersWithEvents(providers);
  } catch (error) {
    throw toSettingsError(error);
  }
}

function named(name: string, mistakes: string | readonly string[]): string[] {
  return [mistakes].flat().map((mistake) => `providers/${name}: ${mistake}`);
}

function refuse(lines: readonly string[]): void {
  if (lines.length > 0) throw new SettingsError(SUMMARY, lines);
}

/** Checks settings with the schema of their type. A token is not known yet, so it fits wherever it stands. */
function settingsMistakes({ name, defaults, descriptor: { configSchema, docs } }: RegisteredProvider): string[] {
  const parsed = configSchema?.safeParse(defaults);
  if (!parsed || parsed.success) return [];
  const known = parsed.error.issues.filter(({ path }) => !Token.isUnresolved(valueAt(defaults, path)));
  const lines = toIssues({ issues: known }).map(({ pointer, message }) => `${pointer} ${message}`.trim());
  return lines.length === 0 ? [] : named(name, [...lines, ...(docs ? [`the settings are described in ${docs}`] : [])]);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((found, key) => (found as Record<PropertyKey, unknown> | undefined)?.[key], value);
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
