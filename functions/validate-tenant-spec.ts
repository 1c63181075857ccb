import { parseSpec } from '../src/compute/spec/check-spec.ts';
import { operation } from './runtime/http/operation.ts';

export const handler = await operation({
  name: 'validate-tenant-spec',
  body: parseSpec,
  async run({ body, manager, signal }) {
    return { status: 200, body: await manager.validateTenantSpec(body, { signal }) };
  },
});
