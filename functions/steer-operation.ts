import { HttpError } from './runtime/http/http-error.ts';
import { cancelAnswer } from './runtime/http/mutation-answers.ts';
import { operation } from './runtime/http/operation.ts';
import { OPERATION_ACTIONS, type OperationAction, OperationActionPath } from './runtime/http/parameters.ts';
import { changes } from './runtime/setup/changes.ts';

/** Serves all actions with one function, as `steer-rollout` does. */
export const handler = await operation({
  name: 'steer-operation',
  uses: changes,
  isConditional: true,
  path: OperationActionPath,
  async run({ path, tenants, caller }) {
    const { operation_id, action } = path;
    if (!isAction(action)) {
      throw new HttpError(
        'route_not_found',
        `an operation has no action ${JSON.stringify(action)}: ${OPERATION_ACTIONS.join(', ')}`,
      );
    }
    return cancelAnswer(await tenants[action](operation_id, caller));
  },
});

function isAction(text: string): text is OperationAction {
  return OPERATION_ACTIONS.some((action) => action === text);
}
