import { TenantNotFoundError, UpdateFailedError } from '../../../compute/errors.ts';
import { isForeign } from '../../../compute/labels.ts';
import type { ProviderCall } from '../../../compute/provider.ts';
import type { UpdateResult } from '../../../compute/results.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { changedFields, specHash } from '../../../compute/spec/spec-diff.ts';
import type { ProcessConfig } from '../config.ts';
import { configOf, type ProviderContext } from '../provider-context.ts';
import { isEnding, openStepsOf, type TenantRecord } from '../records/record.ts';
import { dropRollout, inOrderOf, noteOrigin, stopRun } from '../records/transitions.ts';
import { checkProcessSpec } from '../rules.ts';
import { reconcileUntil } from '../supervise/reconcile-until.ts';
import { planInstances } from './plan-instances.ts';
import { awaitEnded, STUCK } from './provision.ts';

/** An update as it was recorded. */
interface Begun {
  changes: string[];
  /** The specification serves already. */
  isServing: boolean;
  /** It serves, and nothing of an earlier version is left. */
  isDone: boolean;
  updatedAt: number;
}

/** `Provider.update`: records the new version, and reconciles until it serves, has failed, or the wait is over. */
export async function update(
  context: ProviderContext,
  tenantId: string,
  spec: TenantComputeSpec,
  call: ProviderCall,
): Promise<UpdateResult> {
  const { signal, restart } = call;
  const { config } = await checkProcessSpec(spec, context.defaults);
  await context.pipes.ensureCopier(); // its start takes no time of the tenant's
  const hash = call.spec_hash ?? specHash(spec);
  let begun = await begin(context, spec, { config, hash, call });
  while (!begun) {
    if (!(await awaitEnded(context, tenantId, config, signal))) throw new UpdateFailedError(STUCK);
    begun = await begin(context, spec, { config, hash, call });
  }
  const { changes } = begun;
  const result = (status: UpdateResult['status'], message: string, at: number): UpdateResult => ({
    tenant_id: tenantId,
    provider_type: context.name,
    status,
    changes,
    message,
    updated_at: new Date(at).toISOString(),
  });
  if (begun.isDone) return result('no_changes', 'the tenant has this specification already', begun.updatedAt);
  const record = await reconcileUntil(context, tenantId, {
    until: (seen) => isDecided(seen, hash) && (begun.isServing ? isTidy(seen) : isQuiet(seen)),
    limitMs: config.ready_wait_seconds * 1000,
    signal,
  });
  if (begun.isServing && record?.spec_hash === hash && isTidy(record)) {
    return result('no_changes', 'the tenant has this specification, and nothing of an earlier one', begun.updatedAt);
  }
  if (!record || record.phase === 'destroying') throw new UpdateFailedError('the tenant was destroyed meanwhile');
  if (record.phase === 'stopped') throw new UpdateFailedError('the tenant was stopped meanwhile');
  const isReached = record.spec_hash === hash && (restart === undefined || record.restart === restart);
  if (isReached && record.phase === 'serving') {
    if (!isTidy(record)) return result('in_progress', 'an earlier version is still stopping', Date.now());
    const done = restart === undefined ? 'the specification took effect' : 'new processes serve';
    return result('success', done, record.updated_at);
  }
  if (record.failure?.spec_hash === hash && record.failure.restart === restart) {
    await awaitRestored(context, record, signal);
    throw new UpdateFailedError(record.failure.message);
  }
  if (!isDecided(record, hash)) return result('in_progress', 'the new version is not ready yet', Date.now());
  throw new UpdateFailedError('another update took its place before this one was ready');
}

/** Records the update. Returns undefined if processes of a failed version have to end first. */
async function begin(
  context: ProviderContext,
  spec: TenantComputeSpec,
  { config, hash, call }: { config: ProcessConfig; hash: string; call: ProviderCall },
): Promise<Begun | undefined> {
  const { store, volumes } = context;
  const { tenant_id: tenantId } = spec;
  return store.locked(tenantId, async () => {
    const record = await store.read(tenantId);
    if (!record || record.phase === 'destroying' || isForeign(record.installation, call.installation)) {
      throw new TenantNotFoundError(tenantId);
    }
    if (noteOrigin(record, call)) await store.write(record);
    call.signal?.throwIfAborted(); // another call may already ask for a newer version
    await volumes.open(spec, call);
    const { restart } = call;
    const isRestarted = (of: { restart?: string | undefined }) => restart === undefined || of.restart === restart;
    const isUp = record.phase === 'starting' || record.phase === 'serving';
    const isCurrent = record.spec_hash === hash && isUp && isRestarted(record);
    const updatedAt = record.updated_at;
    const begun = { changes: changedFields(record.spec, spec), isServing: false, isDone: false, updatedAt };
    if (isCurrent && !record.rollout) {
      const isServing = record.phase === 'serving';
      return { ...begun, isServing, isDone: isServing && isTidy(record) };
    }
    if (record.rollout?.spec_hash === hash && isRestarted(record.rollout)) return begun;
    if (record.phase === 'failed' && record.stopping.length > 0) return undefined;
    if (isCurrent) {
      // The update in progress is cancelled: the specification is the serving one.
      call.signal?.throwIfAborted();
      begun.changes = changedFields(record.rollout?.spec ?? spec, spec);
      dropRollout(record, configOf(context, record.spec));
      await store.write(record);
      return begun;
    }
    await store.assigningPorts(async () => {
      if (record.phase === 'serving') {
        const { fresh } = await planInstances(context, record, { spec, config, replacesAll: restart !== undefined });
        dropRollout(record, configOf(context, record.spec)); // an earlier update is replaced by this one
        const { changes } = begun;
        record.rollout = { spec, spec_hash: hash, changes, restart, begun_at: context.clock.now(), instances: fresh };
        record.failure = undefined;
      } else {
        await replaceInPlace(context, record, { spec, config, hash });
        record.restart = restart;
      }
      call.signal?.throwIfAborted(); // another call may already ask for a newer version
      await store.write(record);
    });
    return begun;
  });
}

/** Replaces a version that does not serve yet, so nothing has to be kept serving. Unchanged containers keep starting. */
async function replaceInPlace(
  context: ProviderContext,
  record: TenantRecord,
  { spec, config, hash }: { spec: TenantComputeSpec; config: ProcessConfig; hash: string },
): Promise<void> {
  if (record.phase === 'failed') record.instances = [];
  const { kept, fresh } = await planInstances(context, record, { spec, config });
  const before = configOf(context, record.spec);
  for (const instance of record.instances) if (!kept.includes(instance)) stopRun(record, instance, before);
  record.phase = 'starting';
  record.spec = spec;
  record.spec_hash = hash;
  record.begun_at = context.clock.now();
  record.updated_at = Date.now();
  record.instances = inOrderOf(spec, [...fresh, ...kept]);
  record.failure = undefined;
}

/** Returns true once the update to the specification with this hash has ended, in whatever way. */
function isDecided(record: TenantRecord | undefined, hash: string): boolean {
  if (!record || isEnding(record)) return true;
  if (record.rollout) return record.rollout.spec_hash !== hash;
  return record.phase === 'serving' || record.spec_hash !== hash;
}

function isQuiet(record: TenantRecord | undefined): boolean {
  return !record || record.stopping.length === 0;
}

function isTidy(record: TenantRecord | undefined): boolean {
  return !record || openStepsOf(record) === undefined;
}

/** Waits after a failed update until the instances that it displaced are ready again. */
async function awaitRestored(
  context: ProviderContext,
  { spec, tenant_id }: TenantRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { stop_grace_seconds, ready_wait_seconds } = configOf(context, spec);
  await reconcileUntil(context, tenant_id, {
    until: (seen) => isQuiet(seen) && (seen?.instances.every(({ ready }) => ready) || seen?.phase !== 'serving'),
    limitMs: (stop_grace_seconds + ready_wait_seconds) * 1000,
    signal,
  });
}
