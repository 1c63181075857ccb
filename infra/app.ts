import { App } from 'aws-cdk-lib';
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { SettingsError } from './settings-error.ts';
import { createStacks } from './stacks.ts';

/** `npx cdk deploy --all` of a clone. What there is to set is in `docs/deploy.md`. */
try {
  createStacks(new App({ context: flags }));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
