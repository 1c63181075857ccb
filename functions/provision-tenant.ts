import { parseSpec } from '../src/compute/spec/check-spec.ts';
import { changes } from './runtime/events/changes.ts';
import { provisionAnswer } from './runtime/http/mutation.ts';
import { operation } from './runtime/http/operation.ts';

export const handler = await operation({
  name: 'provision-tenant',
  uses: changes,
  isConditional: true,
  body: parseSpec,
  run: async ({ body, tenants, caller }) => provisionAnswer(await tenants.provision(body, caller)),
});
