import type { Endpoint } from '../../../src/compute/results.ts';

const DOMAIN = '.localhost';
const SEPARATOR = '--';
const LONGEST_LABEL = 63;
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|::1|\[::1\])$/;

/** What a host name may mean: a tenant, and the name of its port if it is not the first HTTP port. */
export interface Meaning {
  tenantId: string;
  portName?: string | undefined;
}

/**
 * Returns what `acme.localhost` or `api--acme.localhost` may mean, the likeliest first: the id of a tenant and the name of a
 * port may contain two hyphens, too. Undefined for a name outside of `.localhost`.
 */
export function meaningsOf(host: string): Meaning[] | undefined {
  if (!host.endsWith(DOMAIN)) return undefined;
  const label = host.slice(0, -DOMAIN.length);
  const meanings: Meaning[] = [{ tenantId: label }];
  for (let at = label.indexOf(SEPARATOR); at > 0; at = label.indexOf(SEPARATOR, at + 1)) {
    meanings.push({ portName: label.slice(0, at), tenantId: label.slice(at + SEPARATOR.length) });
  }
  return meanings;
}

/** Returns the host name of a `Host` header, without its port, in lower case. */
export function hostNameOf(header: string): string {
  return header.replace(/:[0-9]{1,5}$/, '').toLowerCase();
}

/** Returns the endpoint that a name leads to: the named port, else the first that speaks HTTP. */
export function endpointFor(endpoints: readonly Endpoint[], portName: string | undefined): Endpoint | undefined {
  const reachable = endpoints.filter((one) => !isOfDoor(one) && one.type !== 'udp' && LOOPBACK.test(one.address));
  return reachable.find(({ type, name }) => (portName === undefined ? type === 'http' : name === portName));
}

/**
 * Returns the endpoints of a tenant with those of the front door first: one for its first HTTP port, and one for each
 * further HTTP port that has a name. Replaces those of an earlier start. `port`: undefined where the door is off.
 */
export function withDoorAddresses(
  tenantId: string,
  endpoints: readonly Endpoint[],
  port: number | undefined,
): Endpoint[] {
  const own = endpoints.filter((endpoint) => !isOfDoor(endpoint));
  const first = endpointFor(own, undefined);
  if (port === undefined || !first) return own;
  const further = own.filter((one) => one !== first && one.type === 'http' && LOOPBACK.test(one.address));
  const names = further.flatMap(({ name }) => (name && name !== first.name ? [name] : []));
  const toDoor = (label: string, name: string | undefined): Endpoint[] => {
    const address = `${label}${DOMAIN}`;
    if (label.length > LONGEST_LABEL) return [];
    const url = `http://${address}:${port}`;
    return [{ type: 'http', address, port, url, ...(name && { name }), stable: true }];
  };
  return [
    ...toDoor(tenantId, first.name),
    ...names.flatMap((name) => toDoor(`${name}${SEPARATOR}${tenantId}`, name)),
    ...own,
  ];
}

function isOfDoor({ stable, address }: Endpoint): boolean {
  return stable === true && address.endsWith(DOMAIN);
}
