import { checkSpec } from '../src/compute/check-spec.ts';
import { operation } from './runtime/operation.ts';

export const handler = await operation({
  name: 'validate-tenant-spec',
  body: checkSpec,
  async run({ body, manager, signal }) {
    return { status: 200, body: await manager.validateTenantSpec(body, { signal }) };
  },
});
