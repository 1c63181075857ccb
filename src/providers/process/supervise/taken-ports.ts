import { allHeldPorts, isPortFree, replacePort } from '../ports.ts';
import type { AssignedPort } from '../records/record.ts';
import { log, type Pass, type VersionedInstance } from './pass.ts';

/**
 * Looks whether another program has taken a port of an instance that has no process. A port that Berth chose is chosen anew
 * at once, so no endpoint leads to a stranger. A requested `host_port` is waited for: the instance does not start, since a
 * health check would ask the stranger, and its status says why.
 */
export async function leaveTakenPorts(pass: Pass, idle: readonly VersionedInstance[]): Promise<void> {
  const { now } = pass;
  for (const versioned of idle) {
    const { instance, config } = versioned;
    for (const port of instance.ports) {
      if (await isPortFree(port)) continue;
      if (isRequested(port, versioned)) {
        const { host_port, protocol } = port;
        instance.start_error = `cannot start: another program has its host_port ${host_port} (${protocol})`;
        instance.next_start_at = now + config.restart_delay_seconds * 1000;
      } else await moveAway(pass, port, instance.container);
    }
  }
}

async function moveAway(pass: Pass, port: AssignedPort, container: string): Promise<void> {
  const { store } = pass.context;
  const before = port.host_port;
  await store.assigningPorts(async () => {
    await replacePort(port, await allHeldPorts(pass.context, pass.record));
    await store.write(pass.record);
  });
  log(pass, 'warn', 'port chosen anew', { container, before, after: port.host_port });
}

function isRequested({ container_port, protocol }: AssignedPort, { instance, spec }: VersionedInstance): boolean {
  const container = spec.containers.find(({ name }) => name === instance.container);
  const asked = container?.ports?.find((port) => port.container_port === container_port && port.protocol === protocol);
  return Boolean(asked?.host_port);
}
