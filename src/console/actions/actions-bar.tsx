import { canChange } from '../api/access.ts';
import { http, read } from '../api/http.ts';
import { useResource } from '../api/resource.ts';
import type { Tenant } from '../api/types.ts';
import { findRoom, tenantPath } from '../rooms.ts';
import { actions } from './actions.ts';
import { ask } from './asked.ts';
import { possibleActions } from './possible.ts';

/** Draws a button for each action that the tenant can take now. Where the page is for reading only, there are none. */
export function ActionsBar({ tenant }: { tenant: Tenant }) {
  const name = tenant.provider_type;
  const { data } = useResource({
    key: name,
    load: async (signal) =>
      canChange ? read(http.GET('/v1/providers/{name}', { params: { path: { name } }, signal })) : undefined,
  });
  if (!canChange || !data.value) return null;
  const history = findRoom('history');
  return (
    <p class="actions">
      {possibleActions(tenant, data.value.capabilities).map((action) =>
        action === 'rollback' && history ? (
          // The history lists what to return to.
          <a key={action} class="button" href={tenantPath(history, tenant.tenant_id)}>
            {actions[action].title}
          </a>
        ) : (
          <button key={action} type="button" class="button" onClick={() => ask({ name: action, tenant })}>
            {actions[action].title}
          </button>
        ),
      )}
    </p>
  );
}
