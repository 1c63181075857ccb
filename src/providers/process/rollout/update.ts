import { TenantNotFoundError, UpdateFailedError } from '../../../compute/errors.ts';
import type { ProviderCall } from '../../../compute/provider.ts';
import type { UpdateResult } from '../../../compute/results.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { changedFields, specHash } from '../../../compute/spec/spec-diff.ts';
import type { ProcessConfig } from '../config.ts';
import { configOf, type ProviderContext } from '../provider-context.ts';
import type { TenantRecord } from '../records/records.ts';
import { checkProcessSpec } from '../rules.ts';
import { drive } from '../supervise/drive.ts';
import { clearAway, STUCK } from './provision.ts';
import { dropRollout, planInstances, retire } from './rollout.ts';

/** What an update comes to: `changes` are none where nothing is to be done. */
interface Begun {
  changes: string[];
  isDone: boolean;
  updatedAt: number;
}

/** `Provider.update`: notes what is wanted, then looks on, and helps, until it is so or the wait is over. */
export async function update(
  site: ProviderContext,
  tenantId: string,
  spec: TenantComputeSpec,
  { signal }: ProviderCall,
): Promise<UpdateResult> {
  const { config } = await checkProcessSpec(spec, site.defaults);
  const hash = specHash(spec);
  let begun = await begin(site, tenantId, spec, config);
  while (!begun) {
    if (!(await clearAway(site, tenantId, config, signal))) throw new UpdateFailedError(STUCK);
    begun = await begin(site, tenantId, spec, config);
  }
  const { changes } = begun;
  const answer = (status: UpdateResult['status'], message: string, at: number): UpdateResult => ({
    tenant_id: tenantId,
    provider_type: site.name,
    status,
    changes,
    message,
    updated_at: new Date(at).toISOString(),
  });
  if (begun.isDone) return answer('no_changes', 'the tenant has this specification already', begun.updatedAt);
  const limitMs = config.ready_wait_seconds * 1000;
  const record = await drive(site, tenantId, {
    until: (seen) => isDecided(seen, hash) && isQuiet(seen),
    limitMs,
    signal,
  });
  if (!record || record.phase === 'destroying') throw new UpdateFailedError('the tenant was destroyed meanwhile');
  if (record.spec_hash === hash && record.phase === 'serving') {
    return answer('success', 'the specification took effect', record.updated_at);
  }
  if (record.failure?.spec_hash === hash) {
    await recover(site, record, signal);
    throw new UpdateFailedError(record.failure.message);
  }
  if (!isDecided(record, hash)) return answer('in_progress', 'the new version is not ready yet', Date.now());
  throw new UpdateFailedError('another update took its place before this one was ready');
}

/** Notes the update. Undefined where a failed version has to go first. */
async function begin(
  site: ProviderContext,
  tenantId: string,
  spec: TenantComputeSpec,
  config: ProcessConfig,
): Promise<Begun | undefined> {
  const hash = specHash(spec);
  return site.store.locked(tenantId, async () => {
    const record = await site.store.read(tenantId);
    if (!record || record.phase === 'destroying') throw new TenantNotFoundError(tenantId);
    const isWanted = record.spec_hash === hash && record.phase !== 'failed';
    const begun = { changes: changedFields(record.spec, spec), isDone: false, updatedAt: record.updated_at };
    if (isWanted && !record.rollout) return { ...begun, isDone: record.phase === 'serving' };
    if (record.rollout?.spec_hash === hash) return begun;
    if (record.phase === 'failed' && record.stopping.length > 0) return undefined;
    if (isWanted) {
      // Back to what serves: the update under way is called off.
      begun.changes = changedFields(record.rollout?.spec ?? spec, spec);
      dropRollout(record, configOf(site, record.spec));
      await site.store.write(record);
      return begun;
    }
    await site.store.assigningPorts(async () => {
      const records = await site.store.readAll();
      if (record.phase === 'serving') await planRollout(site, record, spec, config, records, begun.changes);
      else await replaceInPlace(site, record, spec, config, records);
      await site.store.write(record);
    });
    return begun;
  });
}

/** Beside what serves; an update that is under way gives way to this one. */
async function planRollout(
  site: ProviderContext,
  record: TenantRecord,
  spec: TenantComputeSpec,
  config: ProcessConfig,
  records: readonly TenantRecord[],
  changes: string[],
): Promise<void> {
  const { fresh } = await planInstances(record, spec, config, records);
  dropRollout(record, configOf(site, record.spec));
  record.rollout = { spec, spec_hash: specHash(spec), changes, begun_at: Date.now(), instances: fresh };
  record.failure = undefined;
}

/** Where no version serves yet, there is nothing to keep up meanwhile: what did not change goes on starting. */
async function replaceInPlace(
  site: ProviderContext,
  record: TenantRecord,
  spec: TenantComputeSpec,
  config: ProcessConfig,
  records: readonly TenantRecord[],
): Promise<void> {
  if (record.phase === 'failed') record.instances = [];
  const { kept, fresh } = await planInstances(record, spec, config, records);
  const before = configOf(site, record.spec);
  for (const instance of record.instances) if (!kept.includes(instance)) retire(record, instance, before);
  const now = Date.now();
  const planned = [...fresh, ...kept];
  const instances = spec.containers.flatMap(({ name }) => planned.find(({ container }) => container === name) ?? []);
  record.phase = 'starting';
  record.spec = spec;
  record.spec_hash = specHash(spec);
  record.begun_at = record.updated_at = now;
  record.instances = instances;
  record.failure = undefined;
}

/** Whether it can be told how the update to that specification ended. */
function isDecided(record: TenantRecord | undefined, hash: string): boolean {
  if (!record || record.phase === 'destroying' || record.phase === 'failed') return true;
  if (record.rollout) return record.rollout.spec_hash !== hash;
  return record.phase === 'serving' || record.spec_hash !== hash;
}

function isQuiet(record: TenantRecord | undefined): boolean {
  return !record || record.stopping.length === 0;
}

/** After a failed update: until what made room for the new version is back. */
async function recover(site: ProviderContext, record: TenantRecord, signal: AbortSignal | undefined): Promise<void> {
  const { stop_grace_seconds, ready_wait_seconds } = configOf(site, record.spec);
  await drive(site, record.tenant_id, {
    until: (seen) => isQuiet(seen) && (seen?.instances.every(({ ready }) => ready) || seen?.phase !== 'serving'),
    limitMs: (stop_grace_seconds + ready_wait_seconds) * 1000,
    signal,
  });
}
