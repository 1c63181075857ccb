import { ProviderFailedError, ResourceConflictError } from '../../../compute/errors.ts';
import { INCARNATION_LABEL, labelsFor, originLabels } from '../../../compute/labels.ts';
import { equalJson } from '../../../compute/spec/json.ts';
import { markVolumes } from '../../../compute/volumes/volumes.ts';
import { nameInUse } from '../engine/container-failure.ts';
import { isScratch, removeNetworks } from '../engine/network.ts';
import { isTenants } from '../labels.ts';
import { withLock } from '../lock.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type EngineState, leftoverContainers, readEngineState } from '../records/engine-state.ts';
import type { RolloutRecord } from '../records/record.ts';
import { RecordChangedError } from '../records/record-store.ts';
import { destroyAll, removeContainers } from './destroy.ts';
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
): Promise<Exclude<Plan, { kind: 'destroy' | 'tidy' }>> {
  const { names, spec } = request;
  return withLock(names.tenant, async () => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      signal?.throwIfAborted();
      const state = await readEngineState(context, spec.tenant_id);
      const planned = plan(state, request, Date.now());
      if (planned.kind === 'destroy') {
        await destroyAll(context, names, spec.tenant_id);
        continue;
      }
      try {
        if (planned.kind === 'tidy') {
          await tidy(context, request, planned.state);
          continue;
        }
        if (planned.kind !== 'begin') {
          if (planned.kind === 'unchanged' || planned.kind === 'join') await mark(context, request, state);
          return planned;
        }
        if (state.foreign !== undefined) throw ofOtherInstallation(spec.tenant_id, state.foreign);
        await refuseForeign(context, request, planned.rollout);
        signal?.throwIfAborted();
        await context.store.write(names, state.stored, planned.record, labelsOf(context, request, state));
        return planned;
      } catch (error) {
        if (!(error instanceof RecordChangedError)) throw error;
      }
    }
    throw new ProviderFailedError(`another Berth host is changing tenant ${spec.tenant_id}`);
  });
}

/**
 * Removes what a version before left. The record is written first, although its content stays the same: that removes the
 * older records, and it succeeds only if no other host has begun a rollout since the state was read. A rollout that begins
 * afterwards creates only containers that the state does not have.
 */
async function tidy(
  { engine, store, logger, provider }: ProviderContext,
  { names, spec: { tenant_id } }: RolloutRequest,
  state: Extract<Plan, { kind: 'tidy' }>['state'],
): Promise<void> {
  const { stored, networks } = state;
  const leftovers = leftoverContainers(state, stored.record);
  await store.write(names, stored, stored.record, stored.labels);
  await removeContainers(engine, leftovers);
  await removeNetworks(engine, networks.filter(isScratch));
  const fields = { component: 'docker-provider', provider, tenant_id };
  logger.info('interrupted rollout finished', { ...fields, containers: leftovers.map(({ name }) => name) });
}

function ofOtherInstallation(tenantId: string, installation: string): ResourceConflictError {
  return new ResourceConflictError(
    `the engine runs a tenant ${tenantId} of another installation (${installation}). ` +
      'Choose another tenant id, or give this provider another name in BERTH_PROVIDERS.',
  );
}

/**
 * Marks what is there for the life of the tenant that the call is about, and its volumes as the specification says: a
 * version that was given up may have marked them otherwise.
 */
async function mark(
  { store, origin }: ProviderContext,
  { names, spec }: RolloutRequest,
  { stored }: EngineState,
): Promise<void> {
  if (!stored) return;
  const volumes = markVolumes(stored.record.volumes, spec);
  const isLife = origin.incarnation === undefined || stored.labels[INCARNATION_LABEL] === origin.incarnation;
  if (isLife && equalJson(volumes ?? {}, stored.record.volumes ?? {})) return;
  await store.write(names, stored, { ...stored.record, volumes }, { ...stored.labels, ...originLabels(origin) });
}

function labelsOf({ provider, origin }: ProviderContext, { spec }: RolloutRequest, { stored }: EngineState) {
  const incarnation = origin.incarnation ?? stored?.labels[INCARNATION_LABEL];
  return labelsFor(spec, provider, { ...origin, incarnation });
}

/** Throws `ResourceConflictError` if a name that the rollout needs belongs to something without Berth's labels. */
async function refuseForeign(
  { engine, provider, origin }: ProviderContext,
  { spec, names }: RolloutRequest,
  { instances }: RolloutRecord,
): Promise<void> {
  const check = (kind: 'network' | 'container', name: string, labels: Record<string, string> | undefined) => {
    if (!isTenants(labels, spec.tenant_id, { provider, origin }))
      throw new ResourceConflictError(nameInUse(kind, name).message);
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
