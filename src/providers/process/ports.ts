import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { ResourceConflictError } from '../../compute/errors.ts';
import type { ContainerSpec, HealthCheck } from '../../compute/spec/spec.ts';
import { type AssignedPort, instancesOf, type TenantRecord } from './records/record.ts';
import type { RecordFacts } from './records/record-facts.ts';
import type { RecordStore } from './records/record-store.ts';

export const LOOPBACK = '127.0.0.1';

type Protocol = AssignedPort['protocol'];

/** The instance that holds each port, by keys such as `tcp/8080`. */
export type PortHolders = Map<string, { tenantId: string; container: string; instanceId: string }>;

/** Returns all ports that a record assigns, including those of processes that are still stopping. */
export function heldPorts(record: TenantRecord): PortHolders {
  const { tenant_id: tenantId } = record;
  const stopping = record.stopping.map(({ instance_id: id, ports }) => ({
    id,
    container: 'an earlier version',
    ports,
  }));
  const held = [...stopping, ...instancesOf(record)].flatMap(({ id, container, ports }) =>
    ports.map((port) => [portKey(port), { tenantId, container, instanceId: id }] as const),
  );
  return new Map(held);
}

/** Returns the ports of all tenants. Of one of them, `current` is its record as it is about to be written. */
export async function allHeldPorts(
  { store, ports }: { store: RecordStore; ports: RecordFacts<PortHolders> },
  current: TenantRecord,
): Promise<PortHolders> {
  const holders: PortHolders = new Map();
  for (const tenantId of await store.tenantIds()) {
    if (tenantId === current.tenant_id) continue;
    for (const [key, holder] of (await ports.of(tenantId)) ?? []) holders.set(key, holder);
  }
  for (const [key, holder] of heldPorts(current)) holders.set(key, holder);
  return holders;
}

export function portKey({ protocol, host_port }: Pick<AssignedPort, 'protocol' | 'host_port'>): string {
  return `${protocol}/${host_port}`;
}

/**
 * Assigns a container its ports on this machine and adds them to `holders`. A requested `host_port` may be held by an
 * instance in `releasing`, which is about to stop. Throws `ResourceConflictError` if anything else holds it.
 */
export async function assignPorts(
  tenantId: string,
  container: ContainerSpec,
  instanceId: string,
  holders: PortHolders,
  releasing: ReadonlySet<string> = new Set(),
): Promise<AssignedPort[]> {
  const assigned: AssignedPort[] = [];
  for (const port of portsOf(container)) {
    const requested = port.host_port;
    const host_port = requested || (await pickPort(port.protocol, holders));
    const key = portKey({ ...port, host_port });
    const holder = holders.get(key);
    if (requested && !(holder && releasing.has(holder.instanceId))) {
      const owner = holder
        ? `container ${holder.container} of tenant ${holder.tenantId}`
        : await ownerOutsideBerth(port.protocol, requested);
      if (owner) throw conflict(requested, port.protocol, container.name, owner);
    }
    holders.set(key, { tenantId, container: container.name, instanceId });
    assigned.push({ ...port, host_port });
  }
  return assigned;
}

/** Returns the ports that a container lists, and the one that only its health check names. `host_port` 0 means any. */
export function portsOf(container: ContainerSpec): AssignedPort[] {
  const ports = (container.ports ?? []).map((port) => ({ ...port, host_port: port.host_port ?? 0, published: true }));
  const probed = container.health_check?.type === 'exec' ? undefined : container.health_check?.port;
  if (probed === undefined || ports.some((port) => port.container_port === probed && port.protocol === 'tcp'))
    return ports;
  return [...ports, { container_port: probed, host_port: 0, protocol: 'tcp', published: false }];
}

/** Returns the host port that a check connects to. It is always the container's own, so a check cannot probe other hosts. */
export function probedPort({ port: requested }: HealthCheck, ports: readonly AssignedPort[]): number | undefined {
  const tcp = ports.filter(({ protocol }) => protocol === 'tcp');
  const port = requested === undefined ? tcp[0] : tcp.find(({ container_port }) => container_port === requested);
  return port?.host_port;
}

function conflict(port: number, protocol: Protocol, container: string, owner: string): ResourceConflictError {
  return new ResourceConflictError(
    `host_port ${port} (${protocol}) of container ${container} is not free: it is held by ${owner}`,
    { hint: 'Free the port, request another host_port, or omit host_port to get a free one.' },
  );
}

/**
 * Picks a port outside the range from which the system takes ports for outgoing connections: one of those could take the
 * port of a container while its process is down. Where that range leaves too little, it is any port that is free.
 */
async function pickPort(protocol: Protocol, holders: PortHolders): Promise<number> {
  const [low = 32_768, high = 60_999] = readRange();
  const above = Math.max(high + 1, FIRST_PICKED);
  const countBelow = Math.max(0, low - FIRST_PICKED);
  const count = countBelow + Math.max(0, 65_536 - above);
  for (let tries = 0; ; tries += 1) {
    const index = randomInt(Math.max(1, count));
    const quiet = index < countBelow ? FIRST_PICKED + index : above + index - countBelow;
    const wanted = tries < MAX_PICKS && count >= FEWEST_QUIET ? quiet : 0;
    const host_port = await withBound(protocol, wanted, (port) => port).catch(() => undefined);
    if (host_port !== undefined && !holders.has(portKey({ protocol, host_port }))) return host_port;
  }
}

/** After so many tries the system picks a port. */
const MAX_PICKS = 200;
/** Below are the ports of well-known services, and those that people choose by themselves. */
const FIRST_PICKED = 20_000;
/** Where fewer ports than these are outside the system's range, the system picks one. */
const FEWEST_QUIET = 1000;

function readRange(): number[] {
  try {
    return readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
  } catch {
    return [];
  }
}

/** Returns true if nothing listens on a port. */
export async function isPortFree({
  protocol,
  host_port,
}: Pick<AssignedPort, 'protocol' | 'host_port'>): Promise<boolean> {
  return (await ownerOutsideBerth(protocol, host_port)) === undefined;
}

/** Assigns another port to a container that has not asked for this one. Call it under the lock for ports. */
export async function replacePort(port: AssignedPort, holders: PortHolders): Promise<void> {
  port.host_port = await pickPort(port.protocol, holders);
}

/** Tries to bind a port that no record holds. Returns undefined if it is free, else its owner as far as the system tells. */
async function ownerOutsideBerth(protocol: Protocol, port: number): Promise<string | undefined> {
  try {
    await withBound(protocol, port, () => undefined);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' ? 'the system, which reserves it for other users' : 'another program on this machine';
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
