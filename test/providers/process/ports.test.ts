import { describe, expect, it } from 'vitest';
import { assignPorts, heldPorts, type PortHolders, portsOf } from '../../../src/providers/process/ports.ts';
import type { AssignedPort } from '../../../src/providers/process/records/record.ts';
import { newRecord } from '../../../src/providers/process/records/transitions.ts';
import { freePort, occupyPort, specOf, web } from './lab.ts';

function containerWith(...ports: object[]) {
  const [container] = specOf([web({ ports, health_check: undefined })]).containers;
  if (!container) throw new Error('the specification has no container');
  return container;
}

describe('assignPorts', () => {
  it('assigns no port twice, per protocol', async () => {
    const holders: PortHolders = new Map();
    const container = containerWith(
      { container_port: 1 },
      { container_port: 2 },
      { container_port: 1, protocol: 'udp' },
    );
    const assigned: AssignedPort[] = [];
    for (let count = 0; count < 20; count += 1) assigned.push(...(await assignPorts('acme', container, 'i', holders)));
    const keys = assigned.map(({ protocol, host_port }) => `${protocol}/${host_port}`);
    expect(new Set(keys).size).toBe(60);
    expect(assigned.every(({ host_port }) => host_port > 0)).toBe(true);
  });

  it('takes a fixed port only from an instance that releases it', async () => {
    await using occupied = await occupyPort();
    const container = containerWith({ container_port: 80, host_port: occupied.port });
    const holders = () =>
      new Map([[`tcp/${occupied.port}`, { tenantId: 'globex', container: 'shop', instanceId: 'old' }]]);
    await expect(assignPorts('acme', container, 'new', holders())).rejects.toThrow('container shop of tenant globex');
    const [port] = await assignPorts('acme', container, 'new', holders(), new Set(['old']));
    expect(port?.host_port).toBe(occupied.port);
  });

  it('treats the ports of tcp and udp as different', async () => {
    const port = await freePort();
    const holders: PortHolders = new Map();
    await assignPorts('acme', containerWith({ container_port: 1, host_port: port }), 'a', holders);
    await assignPorts('acme', containerWith({ container_port: 1, host_port: port, protocol: 'udp' }), 'b', holders);
    expect([...holders.keys()]).toEqual([`tcp/${port}`, `udp/${port}`]);
  });
});

describe('portsOf', () => {
  it('adds the port that only the health check names, unpublished', () => {
    const [container] = specOf([web({ health_check: { type: 'tcp', port: 9 } })]).containers;
    expect(container && portsOf(container).map((port) => [port.container_port, port.published])).toEqual([
      [8080, true],
      [9, false],
    ]);
  });
});

describe('heldPorts', () => {
  it('includes ports of processes that are still stopping', () => {
    const ports = [{ container_port: 1, host_port: 5001, protocol: 'tcp' as const, published: true }];
    const run = { run_id: 'r', spawned_at: 0, was_ready: false };
    const record = newRecord(specOf([web()]), 'hash', 0);
    const stopping = [{ instance_id: 'old', run, ports, grace_ms: 0 }];
    expect(heldPorts({ ...record, stopping }).get('tcp/5001')).toMatchObject({ tenantId: 'acme', instanceId: 'old' });
  });
});
