import { defaultLabels, isOwned, type Origin, OWNER, OWNER_LABEL, TENANT_LABEL } from '../../compute/labels.ts';

/**
 * The labels of this provider beside the default ones. Keys and values are persistent: resources of earlier versions carry
 * them. The last three are on record volumes, the others on containers.
 */
export const LABEL = {
  /** The container's name in the specification. */
  container: 'berth.container',
  /** The instance number, which tells an old container from its replacement. */
  number: 'berth.number',
  /** `digestOf` the container. */
  digest: 'berth.digest',
  /** `specHash` of the specification that the container was created for. */
  specHash: 'berth.spec_hash',
  /** `healthy_threshold`, if the container has a health check. */
  threshold: 'berth.healthy_threshold',
  /** The container ports that speak HTTP, separated by commas. */
  httpPorts: 'berth.http_ports',
  /** The names of ports, such as `8080/tcp=http`, separated by commas. Containers of earlier versions have none. */
  portNames: 'berth.port_names',
  /** The host ports that the container owns, running or not, such as `tcp/20000`, separated by commas. */
  hostPorts: 'berth.host_ports',
  /** The names of the environment variables that hold secrets, separated by commas. */
  secrets: 'berth.secrets',
  /** `tenant`, or `probe` for the container that runs a health check. */
  role: 'berth.role',
  /** `once` on a container that runs once. */
  run: 'berth.run',
  /** The names of the containers that it waits for before its first start, separated by commas. */
  waitsFor: 'berth.waits_for',
  /** On a container, the volumes that it may write to, separated by commas. */
  volumes: 'berth.volumes',
  /** On a volume with data, its name in the specification. */
  volume: 'berth.volume',
  /** The tenant's record as JSON. */
  record: 'berth.record',
  sequence: 'berth.sequence',
  writer: 'berth.writer',
} as const;

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
  return (labels[LABEL.hostPorts] ?? '').split(',').filter(Boolean);
}

export function writtenVolumesOf(labels: Labels): string[] {
  return (labels[LABEL.volumes] ?? '').split(',').filter(Boolean);
}

/** Returns the names of ports, by keys such as `8080/tcp`. */
export function portNamesOf(labels: Labels): [key: string, name: string][] {
  return (labels[LABEL.portNames] ?? '').split(',').flatMap((entry) => {
    const [key, name] = entry.split('=');
    return key && name ? [[key, name] as [string, string]] : [];
  });
}

/** The provider and the installation that a resource belongs to. */
export interface Holder {
  provider: string;
  origin: Origin;
}

/** Returns true where the labels are those of this tenant and this provider, and of no other installation. */
export function isTenants(labels: Labels | undefined, tenantId: string, { provider, origin }: Holder): boolean {
  return isOwned(labels ?? {}, provider, origin.installation) && labels?.[TENANT_LABEL] === tenantId;
}
