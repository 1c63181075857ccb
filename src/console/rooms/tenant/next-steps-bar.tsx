import { ask } from '../../actions/asked.ts';
import { canChange } from '../../api/access.ts';
import type { Tenant } from '../../api/types.ts';
import { Copyable } from '../../components/copyable.tsx';
import { findRoom, tenantPath } from '../../rooms.ts';
import { type NextStep, nextSteps } from './next-steps.ts';

/** Shows what to do next: a link to a room, a button that asks for a change, or a command to copy. */
export function NextStepsBar({ tenant }: { tenant: Tenant }) {
  const steps = nextSteps(tenant);
  if (steps.length === 0) return null;
  return (
    <section class="next-steps" aria-labelledby="next-title">
      <h2 id="next-title">Next step</h2>
      <ul>
        {steps.map((step) => (
          <li key={step.name}>
            <Step step={step} tenantId={tenant.tenant_id} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Step({ step, tenantId }: { step: NextStep; tenantId: string }) {
  const { name, title, effect, command, asks } = step;
  const room = findRoom(name);
  const isCommand = !room && !(asks && canChange);
  return (
    <>
      {room && (
        <a class="button" href={tenantPath(room, tenantId)}>
          {title}
        </a>
      )}
      {asks && canChange && (
        <button type="button" class="button" onClick={() => ask(asks)}>
          {title}
        </button>
      )}
      {isCommand && <strong class="step-title">{title}</strong>}
      <span class="quiet">{effect}</span>
      {isCommand && <Copyable text={command} label={title} />}
    </>
  );
}
