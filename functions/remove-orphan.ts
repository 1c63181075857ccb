import { destroyAnswer } from './runtime/http/mutation-answers.ts';
import { operation } from './runtime/http/operation.ts';
import { OrphanPath } from './runtime/http/parameters.ts';
import { changes } from './runtime/setup/changes.ts';

export const handler = await operation({
  name: 'remove-orphan',
  uses: changes,
  isConditional: true,
  path: OrphanPath,
  async run({ path: { provider, tenant_id }, registry, tenants, caller }) {
    registry.get(provider);
    return destroyAnswer(await tenants.removeOrphan(provider, tenant_id, caller));
  },
});
