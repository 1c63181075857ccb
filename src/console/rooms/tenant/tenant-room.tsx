import { useRoute } from 'preact-iso';
import { OperationNote } from '../../components/operation-note.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { TenantFrame } from '../../shell/tenant-frame.tsx';
import { useStatus } from '../../tenants/use-status.ts';
import { Conditions } from './conditions.tsx';
import { Containers } from './containers.tsx';
import { DesiredObserved } from './desired-observed.tsx';
import { NextStepsBar } from './next-steps-bar.tsx';

/** Milliseconds between two looks at the containers: a restart is not announced. */
const LOOK = 3_000;

/** One tenant: what is wanted beside what was observed, why they differ, and what to do. */
export function TenantRoom() {
  const tenant_id = useRoute().params.tenant_id ?? '';
  const status = useStatus(tenant_id, LOOK);
  return (
    <TenantFrame tenantId={tenant_id}>
      {(tenant) => (
        <div class="tenant">
          <NextStepsBar tenant={tenant} />
          <Conditions tenant={tenant} />
          <DesiredObserved tenant={tenant} status={status.data.value} />
          <Containers status={status.data.value} />
          {status.error.value && tenant.phase !== 'destroyed' && (
            <ProblemNote title="Its provider could not tell its status" error={status.error.value} />
          )}
          <OperationNote operation={tenant.last_operation} />
        </div>
      )}
    </TenantFrame>
  );
}
