import { messageOf } from '../../compute/errors.ts';
import type { Manager } from '../../compute/manager.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { addressWarnings } from '../decide/address-warnings.ts';
import { exists, phases } from '../model/phases.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';

/** Returns what a plan for a specification warns of, beside the provider's rules: steps that are left, and the address. */
export async function planWarnings(
  manager: Manager,
  tenant: Tenant | undefined,
  spec: TenantComputeSpec,
  call: { signal?: AbortSignal | undefined },
): Promise<string[]> {
  const before = exists(tenant) ? tenant.desired.spec : undefined;
  return [
    ...(await settingsWarnings(manager, tenant, call)),
    ...(await addressWarnings(before, spec, (one) => manager.addressesOf(one))),
  ];
}

/**
 * Returns the warnings of a plan about settings of the operator that are not applied to the tenant yet: the inventory
 * applies them, whatever the plan changes. A provider that does not respond is a warning too.
 */
async function settingsWarnings(
  manager: Manager,
  tenant: Tenant | undefined,
  { signal }: { signal?: AbortSignal | undefined },
): Promise<string[]> {
  if (!tenant || !phases[tenant.phase].settled || isRunning(tenant)) return [];
  const { tenant_id, provider_type } = tenant;
  try {
    const left = await manager.settingsToApply(tenant_id, provider_type, { signal });
    return left ? [`${provider_type} has steps left, which may replace what runs: ${left}`] : [];
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    return [`the steps that ${provider_type} has left are unknown: ${messageOf(error)}`];
  }
}
