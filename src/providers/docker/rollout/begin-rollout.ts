import { ProviderFailedError, ResourceConflictError } from '../../../compute/errors.ts';
import { labelsFor } from '../../../compute/labels.ts';
import { foreign } from '../engine/network.ts';
import { isTenants } from '../labels.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { EngineState } from '../records/engine-state.ts';
import { inTurn } from '../records/lock.ts';
import type { RolloutRecord } from '../records/record.ts';
import { RecordChangedError } from '../records/record-store.ts';
import { destroyAll } from './destroy.ts';
import type { Decision, Wanted } from './plan.ts';
import { look } from './rollout-run.ts';

const ATTEMPTS = 5;

/** Decides on what there is, and writes down what is to begin; whatever happens then, it can be found and gone on with. */
export async function beginWork(
  site: ProviderContext,
  wanted: Wanted,
  decide: (world: EngineState, wanted: Wanted, now: number) => Decision,
  signal: AbortSignal | undefined,
): Promise<Exclude<Decision, { kind: 'destroy' }>> {
  return inTurn(wanted.names.tenant, async () => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      signal?.throwIfAborted();
      const world = await look({ site, wanted });
      const decision = decide(world, wanted, Date.now());
      if (decision.kind === 'destroy') await destroyAll(site, wanted.names, wanted.spec.tenant_id);
      else if (decision.kind !== 'begin') return decision;
      else {
        await refuseForeign(site, wanted, decision.rollout);
        signal?.throwIfAborted();
        try {
          await site.store.write(wanted.names, world.stored, decision.record, labelsFor(wanted.spec, site.provider));
          return decision;
        } catch (error) {
          if (!(error instanceof RecordChangedError)) throw error;
        }
      }
    }
    throw new ProviderFailedError(`another host is busy with tenant ${wanted.spec.tenant_id}`);
  });
}

/** Before anything is made: names that this rollout needs may be those of something that is not Berth's. */
async function refuseForeign(
  { engine, provider }: ProviderContext,
  { spec, names }: Wanted,
  { instances }: RolloutRecord,
): Promise<void> {
  const network = await engine.inspectNetwork(names.network);
  if (network && !isTenants(network.Labels, spec.tenant_id, provider)) {
    throw new ResourceConflictError(foreign('network', names.network).message);
  }
  await Promise.all(
    instances
      .flatMap(({ container, number }) => [names.container(container, number), names.probe(container, number)])
      .map(async (name) => {
        const container = await engine.inspectContainer(name);
        if (!container || isTenants(container.Config.Labels, spec.tenant_id, provider)) return;
        throw new ResourceConflictError(foreign('container', name).message);
      }),
  );
}
