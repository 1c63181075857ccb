import { provisionAnswer } from './runtime/http/mutation-answers.ts';
import { operation } from './runtime/http/operation.ts';
import { OrphanPath } from './runtime/http/parameters.ts';
import { specification } from './runtime/http/read-body.ts';
import { changes } from './runtime/setup/changes.ts';

export const handler = await operation({
  name: 'adopt-orphan',
  uses: changes,
  isConditional: true,
  path: OrphanPath,
  body: specification,
  async run({ path: { provider, tenant_id }, body, registry, tenants, caller }) {
    registry.get(provider);
    return provisionAnswer(await tenants.adopt(provider, tenant_id, body, caller));
  },
});
