import * as z from 'zod';
import { updateAnswer } from './runtime/mutation.ts';
import { operation } from './runtime/operation.ts';
import { parseBody, TenantPath } from './runtime/parameters.ts';

export const RollbackRequest = z.strictObject({
  revision: z.int('revision must be a number').min(1, 'revision must be at least 1'),
});

const readRollback = parseBody(RollbackRequest);

export const handler = operation({
  name: 'rollback-tenant',
  isConditional: true,
  path: TenantPath,
  body: readRollback,
  run: async ({ path, body, tenants, caller }) =>
    updateAnswer(await tenants.rollback(path.tenant_id, body.revision, caller)),
});
