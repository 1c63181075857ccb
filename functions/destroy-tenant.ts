import { changes } from './runtime/events/changes.ts';
import { destroyAnswer } from './runtime/http/mutation.ts';
import { operation } from './runtime/http/operation.ts';
import { providerQueryShape, tenantPathShape } from './runtime/http/shapes.ts';

export const handler = await operation({
  name: 'destroy-tenant',
  uses: changes,
  isConditional: true,
  path: tenantPathShape,
  query: providerQueryShape,
  async run({ path, query, registry, tenants, caller }) {
    if (query.provider) registry.get(query.provider);
    return destroyAnswer(await tenants.destroy(path.tenant_id, caller, query));
  },
});
