import { App } from 'aws-cdk-lib';
import { createStacks } from './stacks.ts';

/** `npx cdk deploy --all` of a clone. What there is to set is in `docs/deploy.md`. */
createStacks(new App());
