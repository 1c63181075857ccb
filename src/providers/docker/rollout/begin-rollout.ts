import { ProviderFailedError, ResourceConflictError } from '../../../compute/errors.ts';
import { INCARNATION_LABEL, labelsFor } from '../../../compute/labels.ts';
import { nameInUse } from '../engine/container-failure.ts';
import { isTenants } from '../labels.ts';
import { withLock } from '../lock.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type EngineState, readEngineState } from '../records/engine-state.ts';
import type { RolloutRecord } from '../records/record.ts';
import { RecordChangedError } from '../records/record-store.ts';
import { destroyAll } from './destroy.ts';
import type { Plan, RolloutRequest } from './plan.ts';

const MAX_ATTEMPTS = 5;

/**
 * Plans a request and, where the plan is to begin, records the rollout. Nothing is created before the record exists, so
 * after a crash the rollout is found and continued. Plans again when another host changes the record at the same time.
 */
export async function beginRollout(
  context: ProviderContext,
  request: RolloutRequest,
  plan: (state: EngineState, request: RolloutRequest, now: number) => Plan,
  signal: AbortSignal | undefined,
): Promise<Exclude<Plan, { kind: 'destroy' }>> {
  const { names, spec } = request;
  return withLock(names.tenant, async () => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      signal?.throwIfAborted();
      const state = await readEngineState(context, spec.tenant_id);
      const planned = plan(state, request, Date.now());
      if (planned.kind === 'destroy') await destroyAll(context, names, spec.tenant_id);
      else if (planned.kind !== 'begin' && isMarked(state, request, planned)) return planned;
      else {
        if (planned.kind === 'begin') await refuseForeign(context, request, planned.rollout);
        signal?.throwIfAborted();
        const record = planned.kind === 'begin' ? planned.record : state.stored?.record;
        if (!record) return planned;
        try {
          await context.store.write(names, state.stored, record, labelsOf(context, request, state));
          return planned;
        } catch (error) {
          if (!(error instanceof RecordChangedError)) throw error;
        }
      }
    }
    throw new ProviderFailedError(`another Berth host is changing tenant ${spec.tenant_id}`);
  });
}

/** Returns false where what is there has to be marked for the life of the tenant that the request is about. */
function isMarked({ stored }: EngineState, { incarnation }: RolloutRequest, { kind }: Plan): boolean {
  if (kind !== 'unchanged' && kind !== 'join') return true;
  return incarnation === undefined || stored?.labels[INCARNATION_LABEL] === incarnation;
}

function labelsOf({ provider }: ProviderContext, { spec, incarnation }: RolloutRequest, { stored }: EngineState) {
  const life = incarnation ?? stored?.labels[INCARNATION_LABEL];
  return { ...labelsFor(spec, provider), ...(life !== undefined && { [INCARNATION_LABEL]: life }) };
}

/** Throws `ResourceConflictError` if a name that the rollout needs belongs to something without Berth's labels. */
async function refuseForeign(
  { engine, provider }: ProviderContext,
  { spec, names }: RolloutRequest,
  { instances }: RolloutRecord,
): Promise<void> {
  const check = (kind: 'network' | 'container', name: string, labels: Record<string, string> | undefined) => {
    if (!isTenants(labels, spec.tenant_id, provider)) throw new ResourceConflictError(nameInUse(kind, name).message);
  };
  const network = await engine.inspectNetwork(names.network);
  if (network) check('network', names.network, network.Labels);
  await Promise.all(
    instances
      .flatMap(({ container, number }) => [names.container(container, number), names.probe(container, number)])
      .map(async (name) => {
        const container = await engine.inspectContainer(name);
        if (container) check('container', name, container.Config.Labels);
      }),
  );
}
