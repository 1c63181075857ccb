import type { Client } from '../../client/client.ts';
import { inParallel } from '../../compute/in-parallel.ts';
import { toSafeLine } from '../terminal/safe-text.ts';

const AT_ONCE = 8;

interface AtStake {
  name: string;
  retain: boolean;
}

/** Returns a line for each tenant with volumes: what a destroy deletes, and what it keeps. */
export async function volumesAtStake(
  client: Client,
  tenants: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const found = await inParallel(tenants, AT_ONCE, (tenant) => volumesOf(client, tenant, signal));
  return tenants.flatMap((tenant, index) => {
    const volumes = found[index] ?? [];
    const names = (retain: boolean) => volumes.flatMap((one) => (one.retain === retain ? [one.name] : [])).join(', ');
    const [deleted, kept] = [names(false), names(true)];
    const parts = [...(deleted ? [`deletes the data of ${deleted}`] : []), ...(kept ? [`keeps ${kept}`] : [])];
    return parts.length > 0 ? [toSafeLine(`Volumes of ${tenant}: this ${parts.join(' and ')}.`)] : [];
  });
}

/** Asks the provider, which also has those of earlier versions. Where that fails, takes those of the specification. */
async function volumesOf(client: Client, tenant: string, signal: AbortSignal): Promise<readonly AtStake[]> {
  try {
    return (await client.getTenantStatus(tenant, { signal })).data.volumes ?? [];
  } catch {
    const spec = await client.getTenant(tenant, { signal }).then(
      ({ data }) => data.spec,
      () => undefined,
    );
    const retained = new Set(spec?.volumes?.flatMap(({ name, retain }) => (retain ? [name] : [])));
    const names = spec?.containers.flatMap(({ volumes = [] }) => volumes.map(({ name }) => name)) ?? [];
    return [...new Set(names)].map((name) => ({ name, retain: retained.has(name) }));
  }
}
