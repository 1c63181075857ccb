import { toIssues } from '../../../src/compute/spec/issues.ts';
import { type Config, ConfigError, toConfig, valuesOf } from './config.ts';
import { Environment } from './environment.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads the configuration, or throws `ConfigError` with all that is wrong. `overrides` are variables that stand in front of the environment. */
export function readConfig(overrides: Variables = {}, environment: Variables = process.env): Config {
  const given = Object.entries(overrides).filter(([, text]) => text !== undefined);
  const values = valuesOf({ ...environment, ...Object.fromEntries(given) });
  const parsed = Environment.safeParse(values);
  if (!parsed.success) throw new ConfigError(toIssues(parsed.error));
  return toConfig(parsed.data, values);
}
