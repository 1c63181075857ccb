import { ComputeError, InvalidSpecError } from '../../compute/errors.ts';
import type { Manager } from '../../compute/manager.ts';
import { parseSpec } from '../../compute/spec/check-spec.ts';
import { equalJson } from '../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { restoreEnv } from '../../tenants/decide/redaction.ts';
import type { Tenant } from '../../tenants/model/tenant.ts';
import { refuseMoved, refuseMovingSpec } from '../../tenants/place/check-place.ts';
import { patchSpec } from '../model/merge-patch.ts';

/** What a change means for one tenant. */
export type Examined =
  | { kind: 'changes'; spec: TenantComputeSpec }
  | { kind: 'skipped'; why: 'unchanged' | 'lacks_container'; detail: string }
  | { kind: 'refused'; code: string; detail: string };

/** Returns what a change means for a tenant, without asking its provider. `changes` has the valid specification. */
export async function examineChange(tenant: Tenant, change: Readonly<Record<string, unknown>>): Promise<Examined> {
  const before = tenant.desired.spec;
  const patched = patchSpec(before, change);
  if (patched.kind === 'lacks') {
    const detail = `it has no container ${patched.container}`;
    return { kind: 'skipped', why: 'lacks_container', detail };
  }
  try {
    const spec = restoreEnv(await parseSpec(patched.spec), before);
    if (!equalJson(spec, before)) return { kind: 'changes', spec };
    return { kind: 'skipped', why: 'unchanged', detail: 'unchanged: it is so already' };
  } catch (error) {
    return refused(error);
  }
}

/** Returns the same after the provider validated the specification, and compared the place of the tenant. */
export async function examineWithProvider(
  tenant: Tenant,
  change: Readonly<Record<string, unknown>>,
  { manager, signal }: { manager: Manager; signal?: AbortSignal | undefined },
): Promise<Examined & { warnings?: readonly string[] }> {
  const examined = await examineChange(tenant, change);
  if (examined.kind !== 'changes') return examined;
  try {
    const { warnings } = await manager.validateTenantSpec(examined.spec, { signal });
    await refuseMoved(manager, tenant);
    await refuseMovingSpec(manager, tenant, examined.spec);
    return { ...examined, warnings };
  } catch (error) {
    return refused(error);
  }
}

/** A failure that may pass says nothing about the tenant. */
function refused(error: unknown): Examined {
  if (!(error instanceof ComputeError) || error.retryable) throw error;
  const detail =
    error instanceof InvalidSpecError ? error.issues.map(({ message }) => message).join('; ') : error.message;
  return { kind: 'refused', code: error.code, detail };
}
