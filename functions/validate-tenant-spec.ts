import { operation } from './runtime/http/operation.ts';
import { specification } from './runtime/http/read-body.ts';

export const handler = await operation({
  name: 'validate-tenant-spec',
  body: specification,
  async run({ body, manager, signal }) {
    return { status: 200, body: await manager.validateTenantSpec(body, { signal }) };
  },
});
