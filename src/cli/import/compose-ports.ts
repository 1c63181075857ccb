import { isFields, type Ledger, type Path } from './imported.ts';

export interface Port {
  container_port: number;
  protocol: string;
  name?: string;
}

const MAX_PORTS = 64;
const SHORT = /^(?:(?<host>.+):)?(?<from>[0-9]{1,5})(?:-(?<to>[0-9]{1,5}))?(?:\/(?<protocol>[a-z]+))?$/;
const EXAMPLES = 'write it as "8080", "80:8080" or "53:53/udp"';

/** Converts the ports of a service. The provider chooses host ports, because fixed ones would collide between tenants. */
export function toPorts(ports: unknown, at: Path, ledger: Ledger): Port[] {
  const found = (Array.isArray(ports) ? ports : []).flatMap((port, index) => readPort(port, [...at, index], ledger));
  if (found.length > MAX_PORTS) ledger.refuse(at, `more than ${MAX_PORTS} ports`);
  const seen = new Set<string>();
  return found.slice(0, MAX_PORTS).filter(({ container_port: port, protocol }) => {
    const key = `${port}/${protocol}`;
    return !seen.has(key) && seen.add(key);
  });
}

function readPort(port: unknown, at: Path, ledger: Ledger): Port[] {
  if (isFields(port)) return readLongPort(port, at, ledger);
  if (typeof port !== 'string' && typeof port !== 'number') {
    ledger.refuse(at, `a port must be a text, a number or a map: ${EXAMPLES}`);
    return [];
  }
  const { host, from, to = from, protocol = 'tcp' } = SHORT.exec(String(port))?.groups ?? {};
  const [first, last] = [Number(from), Number(to)];
  if (from === undefined || last < first || last - first >= MAX_PORTS) {
    ledger.refuse(at, `${ledger.quote(at, JSON.stringify(port))} is not a port: ${EXAMPLES}`);
    return [];
  }
  if (host !== undefined) loseHost(/[:.]/.test(host) || host.startsWith('['), at, ledger);
  return Array.from({ length: last - first + 1 }, (_, offset) => ({ container_port: first + offset, protocol }));
}

function readLongPort(port: Record<string, unknown>, at: Path, ledger: Ledger): Port[] {
  const { target, protocol = 'tcp', published, host_ip: address, name, mode, app_protocol: application } = port;
  const number = typeof target === 'number' || typeof target === 'string' ? Number(target) : Number.NaN;
  if (!Number.isInteger(number)) {
    ledger.refuse([...at, ...(target === undefined ? [] : ['target'])], 'a port must have a target, a port number');
    return [];
  }
  if (published !== undefined || address !== undefined) loseHost(address !== undefined, at, ledger);
  if (mode !== undefined && mode !== 'ingress')
    ledger.lose([...at, 'mode'], 'the provider decides how a port is reached');
  if (application !== undefined) ledger.lose([...at, 'app_protocol'], 'Berth does not read the protocol of a port');
  const isName = typeof name === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
  if (name !== undefined && !isName) {
    ledger.lose([...at, 'name'], 'the name of a port must be lower-case letters, digits and hyphens');
  }
  return [{ container_port: number, protocol: String(protocol), ...(isName && { name }) }];
}

function loseHost(hasAddress: boolean, at: Path, ledger: Ledger): void {
  const what = hasAddress ? 'address and port of the host' : 'host port';
  ledger.lose(at, `the provider chooses the ${what} (see berth status)`);
}
