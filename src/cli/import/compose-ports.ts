import { isFields, type Ledger, type Path } from './imported.ts';

export interface Port {
  container_port: number;
  protocol: string;
  name?: string;
}

const MAX_PORTS = 64;
const SHORT = /^(?:(?<host>.+):)?(?<from>[0-9]{1,5})(?:-(?<to>[0-9]{1,5}))?(?:\/(?<protocol>[a-z]+))?$/;

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
  if (isFields(port)) {
    if (port.published !== undefined || port.host_ip !== undefined) loseHost(at, ledger);
    const { target, protocol = 'tcp' } = port;
    return [
      {
        container_port: Number(target),
        protocol: String(protocol),
        ...(typeof port.name === 'string' && /^[a-z0-9-]+$/.test(port.name) && { name: port.name }),
      },
    ];
  }
  const { host, from, to = from, protocol = 'tcp' } = SHORT.exec(String(port))?.groups ?? {};
  const [first, last] = [Number(from), Number(to)];
  if (from === undefined || last < first || last - first >= MAX_PORTS) {
    ledger.refuse(at, `${JSON.stringify(port)} is not a port: write it as "8080", "80:8080" or "53:53/udp"`);
    return [];
  }
  if (host !== undefined) loseHost(at, ledger);
  return Array.from({ length: last - first + 1 }, (_, offset) => ({ container_port: first + offset, protocol }));
}

function loseHost(at: Path, ledger: Ledger): void {
  ledger.lose(at, 'the provider chooses the host port (see berth status)');
}
