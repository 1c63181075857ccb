import type { ComputeStatus } from '../../api/types.ts';
import { StateMark } from '../../components/state-mark.tsx';
import { visibleText } from '../../logs/visible-text.ts';
import type { State } from '../../tenants/state.ts';

type Container = ComputeStatus['containers'][number];

/** Lists the containers: whether each is ready, how often it restarted, and what it said last, such as how it ended. */
export function Containers({ status }: { status: ComputeStatus | undefined }) {
  if (!status || status.containers.length === 0) return null;
  return (
    <section aria-labelledby="containers-title">
      <h2 id="containers-title">Containers</h2>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Restarts
            </th>
            <th scope="col">Last exit or message</th>
          </tr>
        </thead>
        <tbody>
          {status.containers.map((container) => (
            <tr key={container.name}>
              <th scope="row">
                <StateMark state={markOf(container)} /> {container.name}
              </th>
              <td>{container.ready ? `${container.state}, ready` : container.state}</td>
              <td class="number">{container.restart_count}</td>
              <td class="message">{visibleText(container.message)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function markOf({ state, ready }: Container): State {
  if (ready) return 'healthy';
  if (state === 'failed') return 'failing';
  if (state === 'starting' || state === 'stopping') return 'changing';
  return state === 'stopped' ? 'stopped' : 'unknown';
}
