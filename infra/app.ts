import { App, Stack, Tags } from 'aws-cdk-lib';
import { Berth, type BerthProps } from './berth.ts';

/**
 * `npx cdk deploy` of a clone. The providers come from the context: in `cdk.json`, or
 * `-c 'providers={"memory":{"type":"memory"}}'`.
 */
const app = new App();
const stack = new Stack(app, 'Berth', { description: 'Berth: a control plane for per-tenant compute' });
new Berth(stack, 'Berth', { providers: readProviders(app.node.tryGetContext('providers')) });
Tags.of(stack).add('berth:installation', stack.stackName);

/** The command line gives text, `cdk.json` an object. */
function readProviders(context: unknown): BerthProps['providers'] {
  const value: unknown = typeof context === 'string' ? JSON.parse(context) : context;
  if (typeof value === 'object' && value !== null) return value as BerthProps['providers'];
  throw new Error('Set the context value "providers" in cdk.json, such as {"memory": {"type": "memory"}}.');
}
