import { InvalidProviderError } from '../../compute/errors.ts';
import { toIssues } from '../../compute/issues.ts';
import { EcsConfig } from './config.ts';

/** The operator's settings, once they hold. Throws `InvalidProviderError` naming each mistake. */
export function parseDefaults(name: string, defaults: Readonly<Record<string, unknown>> = {}): EcsConfig {
  const parsed = EcsConfig.safeParse(defaults);
  if (parsed.success) return parsed.data;
  const mistakes = toIssues(parsed.error).map(({ pointer, message }) => `${pointer} ${message}`.trim());
  throw new InvalidProviderError(`the defaults of ${name} are wrong: ${mistakes.join('; ')}`, {
    hint: 'Correct the settings of this provider in BERTH_PROVIDERS.',
  });
}
