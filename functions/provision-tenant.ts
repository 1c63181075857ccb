import { checkSpec } from '../src/compute/check-spec.ts';
import { changes } from './runtime/changes.ts';
import { provisionAnswer } from './runtime/mutation.ts';
import { operation } from './runtime/operation.ts';

export const handler = await operation({
  name: 'provision-tenant',
  uses: changes,
  isConditional: true,
  body: checkSpec,
  run: async ({ body, tenants, caller }) => provisionAnswer(await tenants.provision(body, caller)),
});
