import type { OperationSummary } from '../../api/types.ts';
import { Ago } from '../../components/ago.tsx';
import { relativeTime } from '../../components/relative-time.ts';
import { StateMark } from '../../components/state-mark.tsx';
import { visibleText } from '../../logs/visible-text.ts';

const marks = { running: 'changing', succeeded: 'healthy', failed: 'failing', cancelled: 'stopped' } as const;

export function OperationRow({ operation }: { operation: OperationSummary }) {
  const { tenant_id, type, revision, state, actor, requested_at, ended_at, message, error } = operation;
  const mark = marks[state];
  const words = error ? `${error.code}: ${error.message}` : (message ?? '');
  return (
    <tr>
      <th scope="row">
        <a class="link operation-tenant" href={`/console/tenants/${encodeURIComponent(tenant_id)}`}>
          {tenant_id}
        </a>
      </th>
      <td>
        {type}
        {revision !== undefined && <span class="quiet"> revision {revision}</span>}
      </td>
      <td class="number">
        <Ago at={requested_at} suffix=" ago" />
      </td>
      <td class="number operation-took">{ended_at && relativeTime(requested_at, Date.parse(ended_at))}</td>
      <td class="operation-actor">{visibleText(actor)}</td>
      <td class="message">
        <StateMark state={mark} /> <span class={`word word-${mark}`}>{state}</span>{' '}
        <span class="quiet">{visibleText(words)}</span>
      </td>
    </tr>
  );
}
