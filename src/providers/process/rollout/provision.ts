import { ProvisionFailedError, ResourceConflictError, TenantExistsError } from '../../../compute/errors.ts';
import type { ProviderCall } from '../../../compute/provider.ts';
import type { ProvisionResult } from '../../../compute/results.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { specHash } from '../../../compute/spec/spec-diff.ts';
import type { ProcessConfig } from '../config.ts';
import { toProvisionResult } from '../mapping.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { TenantRecord } from '../records/records.ts';
import { checkProcessSpec } from '../rules.ts';
import { drive } from '../supervise/drive.ts';
import { newRecord, planInstances } from './rollout.ts';

export const STUCK = 'processes of an earlier version do not end even when killed';

/** `Provider.provision`: notes what is wanted, then looks on, and helps, until it is so or the wait is over. */
export async function provision(
  site: ProviderContext,
  spec: TenantComputeSpec,
  call: ProviderCall,
): Promise<ProvisionResult> {
  const { signal } = call;
  const { tenant_id: tenantId } = spec;
  const { config } = await checkProcessSpec(spec, site.defaults);
  while (!(await begin(site, spec, config))) {
    if (!(await clearAway(site, tenantId, config, signal))) throw new ProvisionFailedError(STUCK);
  }
  const limitMs = config.ready_wait_seconds * 1000;
  const record = await drive(site, tenantId, { until: (seen) => seen?.phase !== 'starting', limitMs, signal });
  if (record?.phase === 'failed') {
    await clearAway(site, tenantId, config, signal);
    throw new ProvisionFailedError(record.failure?.message);
  }
  if (!record || record.phase === 'destroying') throw new ProvisionFailedError('the tenant was destroyed meanwhile');
  return toProvisionResult(record, site.name);
}

/**
 * Notes a new tenant, or finds that the very same is there. Answers false where an earlier one of that id has not gone yet.
 * One that failed has nothing that runs, and is as good as none.
 */
async function begin(site: ProviderContext, spec: TenantComputeSpec, config: ProcessConfig): Promise<boolean> {
  const { tenant_id: tenantId } = spec;
  const hash = specHash(spec);
  return site.store.locked(tenantId, async () => {
    const known = await site.store.read(tenantId);
    if (known && !isOver(known)) {
      if (known.spec_hash !== hash) throw new TenantExistsError(`${tenantId} has another specification`);
      return true;
    }
    if (known && !isClear(known)) return false;
    if (!known && (await site.store.isForeign(tenantId))) {
      throw new ResourceConflictError(`a folder of the name ${tenantId} is in the data folder and is not Berth's`);
    }
    await site.store.assigningPorts(async () => {
      const record = newRecord(spec, hash, Date.now());
      record.instances = (await planInstances(record, spec, config, await site.store.readAll())).fresh;
      await site.store.write(record);
    });
    return true;
  });
}

/** Waits until nothing of a tenant that failed, or is being destroyed, runs any more. Answers whether that came about. */
export async function clearAway(
  site: ProviderContext,
  tenantId: string,
  config: ProcessConfig,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const until = (record: TenantRecord | undefined) => !record || !isOver(record) || isClear(record);
  return until(await drive(site, tenantId, { until, limitMs: config.stop_grace_seconds * 1000 + 5000, signal }));
}

function isOver({ phase }: TenantRecord): boolean {
  return phase === 'failed' || phase === 'destroying';
}

function isClear({ phase, stopping }: TenantRecord): boolean {
  return phase === 'failed' && stopping.length === 0;
}
