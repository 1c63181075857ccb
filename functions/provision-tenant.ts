import { checkSpec } from '../src/compute/check-spec.ts';
import { provisionAnswer } from './runtime/mutation.ts';
import { operation } from './runtime/operation.ts';

export const handler = operation({
  name: 'provision-tenant',
  isConditional: true,
  body: checkSpec,
  run: async ({ body, tenants, caller }) => provisionAnswer(await tenants.provision(body, caller)),
});
