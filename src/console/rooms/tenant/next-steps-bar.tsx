import type { Tenant } from '../../api/types.ts';
import { Copyable } from '../../components/copyable.tsx';
import { findRoom, tenantPath } from '../../rooms.ts';
import { type NextStep, nextSteps } from './next-steps.ts';

/** Shows what to do next. A step whose room exists is a link; the others are commands to copy. */
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
  const room = findRoom(step.name);
  return (
    <>
      {room ? (
        <a class="button" href={tenantPath(room, tenantId)}>
          {step.title}
        </a>
      ) : (
        <strong class="step-title">{step.title}</strong>
      )}
      <span class="quiet">{step.effect}</span>
      {!room && <Copyable text={step.command} label={step.title} />}
    </>
  );
}
