import { validateComputeSpec } from '../src/index.ts';
import { provisionAnswer } from './runtime/mutation.ts';
import { operation } from './runtime/operation.ts';

export const handler = operation({
  name: 'provision-tenant',
  isConditional: true,
  body: validateComputeSpec,
  run: async ({ body, tenants, caller }) => provisionAnswer(await tenants.provision(body, caller)),
});
