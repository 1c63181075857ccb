import { defaultLabels, isOwned, OWNER, OWNER_LABEL, TENANT_LABEL } from '../../compute/labels.ts';

/** On each container: the name it has in the specification. */
export const CONTAINER_LABEL = 'berth.container';
/** On each container: the number of the rollout that made it, which tells instances of one container apart. */
export const NUMBER_LABEL = 'berth.number';
/** On each container: a hash of all that it was made from. */
export const DIGEST_LABEL = 'berth.digest';
/** On each container: `specHash` of the specification that it was first made for. */
export const SPEC_HASH_LABEL = 'berth.spec_hash';
/** On each container that is checked: how many checks in a row have to succeed. */
export const THRESHOLD_LABEL = 'berth.healthy_threshold';
/** On each container: its ports that speak HTTP, separated by commas. */
export const HTTP_PORTS_LABEL = 'berth.http_ports';
/** On each container: the ports of the engine's machine that are its own, whether it runs or not, such as `tcp/20000`. */
export const HOST_PORTS_LABEL = 'berth.host_ports';
/** On each container: the names of the variables that hold secrets. */
export const SECRETS_LABEL = 'berth.secrets';
/** `tenant` on what a tenant runs, `probe` on what checks it. */
export const ROLE_LABEL = 'berth.role';
/** On the volumes that hold no data: the tenant's record. */
export const RECORD_LABEL = 'berth.record';
export const SEQUENCE_LABEL = 'berth.sequence';
export const WRITER_LABEL = 'berth.writer';

export type Labels = Readonly<Record<string, string | undefined>>;

/** A filter of the Engine API for what this provider made, all of it or one tenant's. */
export function ownedFilter(provider: string, tenantId?: string): Record<string, string[]> {
  const { 'berth.tenant_id': _, ...everyTenant } = defaultLabels('', provider);
  const wanted = tenantId === undefined ? everyTenant : defaultLabels(tenantId, provider);
  return { label: Object.entries(wanted).map(([key, value]) => `${key}=${value}`) };
}

/** A filter for everything of Berth's on an engine, whichever provider made it. */
export const everyoneFilter = { label: [`${OWNER_LABEL}=${OWNER}`] };

/** The ports of the engine's machine that a container has by its labels. */
export function hostPortsOf(labels: Labels): string[] {
  return (labels[HOST_PORTS_LABEL] ?? '').split(',').filter(Boolean);
}

/** Whether these labels say that something belongs to this tenant of this provider. */
export function isTenants(labels: Labels | undefined, tenantId: string, provider: string): boolean {
  return isOwned(labels ?? {}, provider) && labels?.[TENANT_LABEL] === tenantId;
}
