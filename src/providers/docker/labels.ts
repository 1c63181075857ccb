import { defaultLabels, isOwned, OWNER, OWNER_LABEL, TENANT_LABEL } from '../../compute/labels.ts';

/*
 * Labels beside the default ones. The first nine are on containers, the last three on record volumes. Their keys and
 * values are persistent: containers of earlier versions carry them.
 */

/** The container's name in the specification. */
export const CONTAINER_LABEL = 'berth.container';
/** The instance number, which tells an old container from its replacement. */
export const NUMBER_LABEL = 'berth.number';
/** `digestOf` the container. */
export const DIGEST_LABEL = 'berth.digest';
/** `specHash` of the specification that the container was created for. */
export const SPEC_HASH_LABEL = 'berth.spec_hash';
/** `healthy_threshold`, if the container has a health check. */
export const THRESHOLD_LABEL = 'berth.healthy_threshold';
/** The container ports that speak HTTP, separated by commas. */
export const HTTP_PORTS_LABEL = 'berth.http_ports';
/** The host ports that the container owns, running or not, such as `tcp/20000`, separated by commas. */
export const HOST_PORTS_LABEL = 'berth.host_ports';
/** The names of the environment variables that hold secrets, separated by commas. */
export const SECRETS_LABEL = 'berth.secrets';
/** `tenant`, or `probe` for the container that runs a health check. */
export const ROLE_LABEL = 'berth.role';

/** The tenant's record as JSON. */
export const RECORD_LABEL = 'berth.record';
export const SEQUENCE_LABEL = 'berth.sequence';
export const WRITER_LABEL = 'berth.writer';

export type Labels = Readonly<Record<string, string | undefined>>;

/** Returns a filter of the Engine API for the resources of one provider, of all tenants or of one. */
export function ownedFilter(provider: string, tenantId?: string): Record<string, string[]> {
  const { [TENANT_LABEL]: tenant, ...anyTenant } = defaultLabels(tenantId ?? '', provider);
  const labels = tenantId === undefined ? anyTenant : { ...anyTenant, [TENANT_LABEL]: tenant };
  return { label: Object.entries(labels).map(([key, value]) => `${key}=${value}`) };
}

/** A filter for all resources of Berth on an engine, whichever provider created them. */
export const berthFilter = { label: [`${OWNER_LABEL}=${OWNER}`] };

export function hostPortsOf(labels: Labels): string[] {
  return (labels[HOST_PORTS_LABEL] ?? '').split(',').filter(Boolean);
}

/** Returns true where the labels are those of this tenant and this provider. */
export function isTenants(labels: Labels | undefined, tenantId: string, provider: string): boolean {
  return isOwned(labels ?? {}, provider) && labels?.[TENANT_LABEL] === tenantId;
}
