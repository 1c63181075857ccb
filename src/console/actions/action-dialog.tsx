import { useEffect } from 'preact/hooks';
import { http, read } from '../api/http.ts';
import { useResource } from '../api/resource.ts';
import { ProblemNote } from '../components/problem.tsx';
import { ConfirmDialog } from '../dialogs/confirm-dialog.tsx';
import { tellChange } from '../live/changes.ts';
import { Changes } from '../specs/changes.tsx';
import { actions } from './actions.ts';
import { type Asked, asked } from './asked.ts';

/** Shows the plan of the change that was asked for, and carries it out when it is confirmed. */
export function ActionDialog() {
  const change = asked.value;
  return change ? <Open key={`${change.name} ${change.revision}`} change={change} /> : null;
}

function Open({ change }: { change: Asked }) {
  const { tenant, name, revision } = change;
  const { tenant_id } = tenant;
  const { title, plan, send, typed } = actions[name];
  const close = () => {
    asked.value = undefined;
  };
  // Leaving the page, such as by the back button, leaves the dialog.
  useEffect(() => close, []);
  const to = name === 'rollback' ? revision : undefined;
  const label = to === undefined ? title : `${title} to revision ${to}`;
  return (
    <ConfirmDialog
      title={`${label}: ${tenant_id}`}
      confirm={label}
      typed={typed && tenant_id}
      onClose={close}
      onConfirm={async (idempotencyKey) => {
        await send(change, { 'If-Match': `"${tenant.revision}"`, 'Idempotency-Key': idempotencyKey });
        tellChange({ tenantIds: [tenant_id] });
      }}
    >
      <p>{plan(change)}</p>
      {to !== undefined && <RollbackPlan tenantId={tenant_id} from={tenant.revision} to={to} />}
      {name === 'destroy' && <VolumesAtStake tenantId={tenant_id} />}
    </ConfirmDialog>
  );
}

function RollbackPlan({ tenantId: tenant_id, from, to }: { tenantId: string; from: number; to: number }) {
  const params = { path: { tenant_id }, query: { from, to } };
  const { data, error } = useResource({
    key: `${tenant_id} ${from} ${to}`,
    load: (signal) => read(http.GET('/v1/tenants/{tenant_id}/revisions/diff', { params, signal })),
  });
  if (error.value) return <ProblemNote title="The plan could not be read" error={error.value} />;
  if (!data.value) return <p class="quiet">Reading the plan</p>;
  return <Changes changes={data.value.changes} from={`Now, revision ${from}`} to={`Then, as in revision ${to}`} />;
}

/** A destroy deletes data, so its dialog names the volumes. */
function VolumesAtStake({ tenantId: tenant_id }: { tenantId: string }) {
  const { data } = useResource({
    key: tenant_id,
    load: (signal) => read(http.GET('/v1/tenants/{tenant_id}/status', { params: { path: { tenant_id } }, signal })),
  });
  const volumes = data.value?.volumes ?? [];
  const namesOf = (isKept: boolean) => volumes.filter(({ retain }) => retain === isKept).map(({ name }) => name);
  const [deleted, kept] = [namesOf(false), namesOf(true)];
  return (
    <>
      {deleted.length > 0 && (
        <p>
          <strong>Deletes the data of {deleted.join(', ')}.</strong>
        </p>
      )}
      {kept.length > 0 && <p>Keeps the data of {kept.join(', ')}.</p>}
    </>
  );
}
