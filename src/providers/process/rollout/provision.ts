import { ProvisionFailedError, ResourceConflictError, TenantExistsError } from '../../../compute/errors.ts';
import { isForeign } from '../../../compute/labels.ts';
import type { ProviderCall } from '../../../compute/provider.ts';
import type { ProvisionResult } from '../../../compute/results.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { specHash } from '../../../compute/spec/spec-diff.ts';
import type { ProcessConfig } from '../config.ts';
import { toProvisionResult } from '../mapping.ts';
import type { ProviderContext } from '../provider-context.ts';
import { isEnding, openStepsOf, type TenantRecord } from '../records/record.ts';
import { newRecord, noteOrigin, startAgain } from '../records/transitions.ts';
import { checkProcessSpec } from '../rules.ts';
import { endMarked } from '../supervise/orphans.ts';
import { reconcileUntil } from '../supervise/reconcile-until.ts';
import { planInstances } from './plan-instances.ts';

export const STUCK = 'processes of an earlier version do not end even when killed';

/** `Provider.provision`: records the tenant, and reconciles it until it is ready, has failed, or the wait is over. */
export async function provision(
  context: ProviderContext,
  spec: TenantComputeSpec,
  call: ProviderCall,
): Promise<ProvisionResult> {
  const { tenant_id: tenantId } = spec;
  const { signal } = call;
  const { config } = await checkProcessSpec(spec, context.defaults);
  await context.pipes.ensureCopier(); // its start takes no time of the tenant's
  while (!(await begin(context, spec, config, call))) {
    if (!(await awaitEnded(context, tenantId, config, signal))) throw new ProvisionFailedError(STUCK);
  }
  const limitMs = config.ready_wait_seconds * 1000;
  const record = await reconcileUntil(context, tenantId, {
    until: (seen) => seen?.phase !== 'starting' && !(seen && openStepsOf(seen)),
    limitMs,
    signal,
  });
  if (record?.phase === 'failed') {
    await awaitEnded(context, tenantId, config, signal);
    throw new ProvisionFailedError(record.failure?.message);
  }
  if (record?.phase === 'stopped') throw new ProvisionFailedError('the tenant was stopped meanwhile');
  if (!record || record.phase === 'destroying') throw new ProvisionFailedError('the tenant was destroyed meanwhile');
  return toProvisionResult(record, context.name);
}

/**
 * Records a new tenant, unless the same one exists already. Returns false if an earlier tenant of that id still has
 * processes. A tenant that failed and has none is replaced. Where the record was lost, what still runs is ended first.
 */
async function begin(
  context: ProviderContext,
  spec: TenantComputeSpec,
  config: ProcessConfig,
  call: ProviderCall,
): Promise<boolean> {
  const { store, clock, volumes } = context;
  const { tenant_id: tenantId } = spec;
  const hash = call.spec_hash ?? specHash(spec);
  return store.locked(tenantId, async () => {
    const known = await store.read(tenantId);
    if (isForeign(known?.installation, call.installation)) {
      throw new ResourceConflictError(
        `the data folder has a tenant ${tenantId} of another installation (${known?.installation}); ` +
          'choose another tenant id',
      );
    }
    if (known && (!isEnding(known) || known.phase === 'stopped')) {
      if (known.spec_hash !== hash) throw new TenantExistsError(`${tenantId} has another specification`);
      const isNoted = noteOrigin(known, call);
      const isStopped = known.phase === 'stopped';
      if (isStopped) startAgain(known, Date.now(), clock.now());
      if (isNoted || isStopped) await store.write(known);
      await volumes.open(spec, call);
      return true;
    }
    if (known && !hasFailedClean(known)) return false;
    if (!known && (await store.isForeign(tenantId))) {
      throw new ResourceConflictError(`a folder named ${tenantId} is in the data folder and is not Berth's`);
    }
    if (!known && !(await endMarked(context, tenantId, call.installation))) throw new ProvisionFailedError(STUCK);
    await store.assigningPorts(async () => {
      const record = newRecord(spec, hash, Date.now(), clock.now());
      noteOrigin(record, call);
      record.instances = (await planInstances(context, record, { spec, config })).fresh;
      call.signal?.throwIfAborted(); // another call may already ask for a newer version
      await store.write(record);
    });
    await volumes.open(spec, call); // after the record: volumes of a tenant without one look abandoned
    return true;
  });
}

/** Waits until a tenant that has failed or is being destroyed has no process left. Returns false if that takes too long. */
export async function awaitEnded(
  context: ProviderContext,
  tenantId: string,
  config: ProcessConfig,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const until = (record: TenantRecord | undefined) => !record || !isEnding(record) || hasFailedClean(record);
  const limitMs = config.stop_grace_seconds * 1000 + 5000;
  return until(await reconcileUntil(context, tenantId, { until, limitMs, signal }));
}

function hasFailedClean({ phase, stopping }: TenantRecord): boolean {
  return phase === 'failed' && stopping.length === 0;
}
