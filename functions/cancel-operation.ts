import { cancelAnswer } from './runtime/http/mutation-answers.ts';
import { operation } from './runtime/http/operation.ts';
import { OperationPath } from './runtime/http/parameters.ts';
import { changes } from './runtime/setup/changes.ts';

export const handler = await operation({
  name: 'cancel-operation',
  uses: changes,
  isConditional: true,
  path: OperationPath,
  run: async ({ path, tenants, caller }) => cancelAnswer(await tenants.cancel(path.operation_id, caller)),
});
