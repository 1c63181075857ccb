import { readFileSync } from 'node:fs';
import type { AssignedPort } from '../records/record.ts';

/** The state LISTEN of TCP in /proc/net/tcp. Sockets of UDP have no such state. */
const LISTEN = '0A';

/** Returns the sockets that wait on these ports, as descriptors name them: `socket:[12345]`. Linux only. */
export function listenersOn(ports: readonly Pick<AssignedPort, 'protocol' | 'host_port'>[]): Set<string> {
  const found = new Set<string>();
  for (const protocol of new Set(ports.map((port) => port.protocol))) {
    const wanted = new Set(ports.filter((port) => port.protocol === protocol).map(({ host_port }) => host_port));
    for (const table of [protocol, `${protocol}6`]) {
      for (const line of linesOf(`/proc/net/${table}`)) {
        const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
        if (protocol === 'tcp' && state !== LISTEN) continue;
        if (wanted.has(Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16))) found.add(`socket:[${inode}]`);
      }
    }
  }
  return found;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(1);
  } catch {
    return [];
  }
}
