import type { ComponentChildren } from 'preact';
import type { ComputeStatus, Tenant } from '../../api/types.ts';
import { Ago } from '../../components/ago.tsx';
import { stateOf } from '../../tenants/state.ts';

interface DesiredObservedProps {
  tenant: Tenant;
  status: ComputeStatus | undefined;
}

/** Puts what is wanted beside what was observed, and marks where they differ. */
export function DesiredObserved({ tenant, status }: DesiredObservedProps) {
  const { spec, revision, serving_revision: serving, phase, health, observed_at } = tenant;
  const wantsToRun = phase !== 'stopped' && phase !== 'stopping' && phase !== 'destroying' && phase !== 'destroyed';
  const ready = status?.containers.filter((container) => container.ready).length;
  const total = spec.containers.length;
  return (
    <section aria-labelledby="beside-title">
      <h2 id="beside-title" class="unseen">
        Desired beside observed
      </h2>
      <table class={`facts is-${stateOf(tenant)}`}>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">Fact</span>
            </th>
            <th scope="col">Desired</th>
            <th scope="col">Observed</th>
          </tr>
        </thead>
        <tbody>
          <Fact name="Revision" desired={revision} observed={serving ?? 'none serves'} differs={serving !== revision} />
          <Fact
            name="State"
            desired={wantsToRun ? 'running' : phase === 'stopped' || phase === 'stopping' ? 'stopped' : 'gone'}
            observed={status?.state ?? '–'}
            differs={status !== undefined && (status.state === 'running') !== wantsToRun}
          />
          <Fact
            name="Health"
            desired={wantsToRun ? 'healthy' : '–'}
            observed={
              <>
                {health}
                {observed_at && (
                  <span class="quiet">
                    {' '}
                    <Ago at={observed_at} suffix=" ago" />
                  </span>
                )}
              </>
            }
            differs={wantsToRun && health === 'unhealthy'}
          />
          <Fact
            name="Containers"
            desired={`${total} ready`}
            observed={ready === undefined ? '–' : `${ready} ready`}
            differs={wantsToRun && ready !== undefined && ready < total}
          />
        </tbody>
      </table>
    </section>
  );
}

interface FactProps {
  name: string;
  desired: ComponentChildren;
  observed: ComponentChildren;
  differs?: boolean;
}

function Fact({ name, desired, observed, differs = false }: FactProps) {
  return (
    <tr class={differs ? 'differs' : ''}>
      <th scope="row">{name}</th>
      <td>{desired}</td>
      <td>
        {observed}
        {differs && <span class="unseen"> (differs)</span>}
      </td>
    </tr>
  );
}
