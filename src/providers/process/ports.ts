import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ResourceConflictError } from '../../compute/errors.ts';
import type { ContainerSpec } from '../../compute/spec/spec.ts';
import { type AssignedPort, instancesOf, type TenantRecord } from './records/records.ts';

export const LOOPBACK = '127.0.0.1';

type Protocol = AssignedPort['protocol'];

/** Who has a port, by `tcp/8080`. */
export type PortHolders = Map<string, { tenantId: string; container: string; instanceId: string }>;

/** All ports that records give to somebody, those of processes that are still ending included. */
export function heldPorts(records: readonly TenantRecord[]): PortHolders {
  const holders: PortHolders = new Map();
  for (const record of records) {
    const ending = record.stopping.map(({ instance_id, ports }) => ({
      id: instance_id,
      container: 'an earlier version',
      ports,
    }));
    for (const { id, container, ports } of [...ending, ...instancesOf(record)]) {
      for (const port of ports) {
        holders.set(portKey(port), { tenantId: record.tenant_id, container, instanceId: id });
      }
    }
  }
  return holders;
}

export function portKey({ protocol, host_port }: Pick<AssignedPort, 'protocol' | 'host_port'>): string {
  return `${protocol}/${host_port}`;
}

/**
 * Gives a container its ports on this machine, and enters them in `holders`. A `host_port` it asks for may be held by an
 * instance in `yielding`, which will make room. Throws `ResourceConflictError` where it is held by anyone else.
 */
export async function assignPorts(
  tenantId: string,
  container: ContainerSpec,
  instanceId: string,
  holders: PortHolders,
  yielding: ReadonlySet<string> = new Set(),
): Promise<AssignedPort[]> {
  const assigned: AssignedPort[] = [];
  for (const port of portsOf(container)) {
    const wanted = port.host_port;
    const host_port = wanted || (await pickPort(port.protocol, holders));
    const key = portKey({ ...port, host_port });
    const holder = holders.get(key);
    if (wanted && !(holder && yielding.has(holder.instanceId))) {
      const taken = holder
        ? `container ${holder.container} of tenant ${holder.tenantId}`
        : await tryBind(port.protocol, wanted);
      if (taken) throw conflict(wanted, port.protocol, container.name, taken);
    }
    holders.set(key, { tenantId, container: container.name, instanceId });
    assigned.push({ ...port, host_port });
  }
  return assigned;
}

/** The ports of a container: those it lists, and one that only its health check names. */
export function portsOf(container: ContainerSpec): AssignedPort[] {
  const ports = (container.ports ?? []).map((port) => ({ ...port, host_port: port.host_port ?? 0, published: true }));
  const probed = container.health_check?.type === 'exec' ? undefined : container.health_check?.port;
  if (probed === undefined || ports.some((port) => port.container_port === probed && port.protocol === 'tcp'))
    return ports;
  return [...ports, { container_port: probed, host_port: 0, protocol: 'tcp', published: false }];
}

function conflict(port: number, protocol: Protocol, container: string, taken: string): ResourceConflictError {
  return new ResourceConflictError(
    `host_port ${port} (${protocol}) of container ${container} is not free: it is held by ${taken}`,
    { hint: 'Free the port, or ask for another host_port, or for none to be given a free one.' },
  );
}

async function pickPort(protocol: Protocol, holders: PortHolders): Promise<number> {
  for (;;) {
    const host_port = await withBound(protocol, 0, (port) => port);
    if (!holders.has(portKey({ protocol, host_port }))) return host_port;
  }
}

/** Undefined where a port is free, else who has it, as far as the system says. */
async function tryBind(protocol: Protocol, port: number): Promise<string | undefined> {
  try {
    await withBound(protocol, port, () => undefined);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' ? 'the system, which keeps it from this user' : 'another program on this machine';
  }
}

async function withBound<T>(protocol: Protocol, port: number, read: (port: number) => T): Promise<T> {
  if (protocol === 'udp') {
    const socket = createSocket('udp4').bind(port, LOOPBACK);
    await once(socket, 'listening');
    const result = read(socket.address().port);
    await new Promise<void>((resolve) => socket.close(resolve));
    return result;
  }
  const server = createServer().listen(port, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  const result = read(typeof address === 'object' && address ? address.port : port);
  await new Promise((resolve) => server.close(resolve));
  return result;
}
