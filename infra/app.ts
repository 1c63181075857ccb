import { App } from 'aws-cdk-lib';
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { SettingsError } from './settings.ts';
import { createStacks } from './stacks.ts';

/** The app that `npx cdk deploy --all` runs in a clone. `docs/deploy.md` lists its settings. */
try {
  createStacks(new App({ context: flags }));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
