import { Token } from 'aws-cdk-lib';
import { readConfig } from '../functions/runtime/config.ts';
import type { ProviderSettings } from './provider-events.ts';

/** Types that manage what is on the machine they run on: a function has none that stays. */
const onOneMachine: ReadonlySet<string> = new Set(['process']);

/**
 * Says before anything is deployed what the functions would say when they start: they read the same settings. What the
 * settings of one provider have to be is checked where its permissions are made from them.
 */
export function checkProviders(providers: ProviderSettings): void {
  const text = JSON.stringify(providers);
  if (Token.isUnresolved(text)) {
    throw new Error(
      'The settings of a provider have to be known when the template is made, because permissions are made from them. ' +
        'Spell them out: give the cluster a name, and write arn:aws:ecs:REGION:ACCOUNT:cluster/NAME.',
    );
  }
  readConfig({ BERTH_PROVIDERS: text }, {});
  const misplaced = Object.entries(providers).filter(([, { type }]) => onOneMachine.has(type));
  for (const [name, { type }] of misplaced) {
    throw new Error(
      `The provider ${name} is of the type ${type}, which runs tenants on its own machine. On AWS, use ecs.`,
    );
  }
}
