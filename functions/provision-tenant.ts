import { provisionAnswer } from './runtime/http/mutation-answers.ts';
import { operation } from './runtime/http/operation.ts';
import { specification } from './runtime/http/read-body.ts';
import { changes } from './runtime/setup/changes.ts';

export const handler = await operation({
  name: 'provision-tenant',
  uses: changes,
  isConditional: true,
  body: specification,
  run: async ({ body, tenants, caller }) => provisionAnswer(await tenants.provision(body, caller)),
});
