import { useRoute } from 'preact-iso';
import { http, read } from '../../api/http.ts';
import { useResource } from '../../api/resource.ts';
import type { ComputeStatus, Operation, Tenant } from '../../api/types.ts';
import { OperationNote } from '../../components/operation-note.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { TimeLeft } from '../../components/time-left.tsx';
import { visibleText } from '../../logs/visible-text.ts';
import { TenantFrame } from '../../shell/tenant-frame.tsx';
import { Changes } from '../../specs/changes.tsx';
import { useStatus } from '../../tenants/use-status.ts';
import { changeOf, type ShownChange } from './change-of.ts';
import { LastLines } from './last-lines.tsx';

/** Milliseconds between two looks at what the new version waits for. */
const LOOK = 2_000;

/** The latest change of a tenant: the old version beside the new one, and what the new one waits for. */
export function ChangeRoom() {
  const tenant_id = useRoute().params.tenant_id ?? '';
  const status = useStatus(tenant_id, LOOK);
  return (
    <TenantFrame tenantId={tenant_id}>
      {(tenant) => {
        const change = changeOf(tenant, status.data.value);
        return (
          <div class="change">
            {change.isRunning && <Progress tenant={tenant} change={change} />}
            {change.isRunning && <Versions tenant={tenant} status={status.data.value} change={change} />}
            {change.from !== undefined && <Differences tenantId={tenant_id} from={change.from} to={change.to} />}
            <OperationNote operation={withoutRepetition(tenant.last_operation)} />
            <LastLines tenantId={tenant_id} />
          </div>
        );
      }}
    </TenantFrame>
  );
}

/** The message of an operation that runs is what the new version waits for, which the room shows above it. */
function withoutRepetition(operation: Operation): Operation {
  return operation.state === 'running' ? { ...operation, message: '' } : operation;
}

function Progress({ tenant, change: { until } }: { tenant: Tenant; change: ShownChange }) {
  return (
    <p class="change-progress">
      <StateMark state="changing" />
      <strong>{`The ${tenant.last_operation.type} is running`}</strong>
      {until !== undefined && <TimeLeft until={until} />}
    </p>
  );
}

interface VersionsProps {
  tenant: Tenant;
  status: ComputeStatus | undefined;
  change: ShownChange;
}

/** Puts the version that serves beside the one that is to take its place. */
function Versions({ tenant, status, change: { to, waitsFor } }: VersionsProps) {
  const { serving_revision: serving, health } = tenant;
  const ready = status?.containers.filter((container) => container.ready).length ?? 0;
  return (
    <div class="versions">
      <section aria-labelledby="serving-title">
        <h2 id="serving-title">Serves now</h2>
        <p class="version-name">{serving === null ? 'Nothing serves' : `Revision ${serving}`}</p>
        {serving !== null && (
          <p>
            {health === 'unknown' ? 'not observed' : health}
            {status && `, ${ready} of ${status.containers.length} containers ready`}
          </p>
        )}
      </section>
      <section aria-labelledby="coming-title">
        <h2 id="coming-title">Is on its way</h2>
        <p class="version-name">{tenant.last_operation.revision === undefined ? 'Nothing' : `Revision ${to}`}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is scrolled by keyboard, too. */}
        <p class="version-waits" tabIndex={0}>
          {waitsFor === '' ? 'The provider has not told what it waits for.' : visibleText(waitsFor)}
        </p>
      </section>
    </div>
  );
}

function Differences({ tenantId: tenant_id, from, to }: { tenantId: string; from: number; to: number }) {
  const { data } = useResource({
    key: `${tenant_id} ${from} ${to}`,
    load: (signal) => {
      const params = { path: { tenant_id }, query: { from, to } };
      return read(http.GET('/v1/tenants/{tenant_id}/revisions/diff', { params, signal }));
    },
  });
  if (!data.value) return null;
  return (
    <section aria-labelledby="differences-title">
      <h2 id="differences-title">What changes</h2>
      <Changes changes={data.value.changes} from={`Revision ${from}`} to={`Revision ${to}`} />
    </section>
  );
}
