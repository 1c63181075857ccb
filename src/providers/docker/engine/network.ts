import type Docker from 'dockerode';
import { DestroyFailedError } from '../../../compute/errors.ts';
import { labelsFor } from '../../../compute/labels.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { type Holder, isTenants } from '../labels.ts';
import { withLock } from '../lock.ts';
import type { Names } from '../names.ts';
import { ContainerFailureError, nameInUse, toFailure } from './container-failure.ts';
import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';

const MAX_ATTEMPTS = 10;
const SCRATCH_SUFFIX = '_range';

/** A network that carries the labels of a tenant. */
export interface OwnedNetwork {
  id: string;
  name: string;
}

/** Returns true for a network that `ensureNetwork` needs for an instant only. */
export function isScratch({ name }: OwnedNetwork): boolean {
  return name.endsWith(SCRATCH_SUFFIX);
}

/**
 * Returns the id of the tenant's network, and creates the network if `present` has none.
 *
 * `addAlias` reconnects a container under its old address, which the engine permits only in networks with an explicit
 * address range. Only the engine knows a free range. So it creates a scratch network, whose range is read, and which is
 * removed in favour of the real one. The lock keeps two tenants of this process from racing for one range. If another
 * host takes the range first, the engine reports an overlap, and another attempt follows.
 */
export async function ensureNetwork(
  engine: Engine,
  names: Names,
  spec: TenantComputeSpec,
  holder: Holder,
  present: readonly OwnedNetwork[],
): Promise<string> {
  // Found by its labels: name_prefix may have changed since it was created.
  const network = present.find((one) => !isScratch(one));
  await Promise.all(present.filter(isScratch).map(({ id }) => engine.removeNetwork(id)));
  if (network) return network.id;
  const labels = labelsFor(spec, holder.provider, holder.origin);
  return withLock('networks', async () => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const range = await chooseRange(engine, names.network + SCRATCH_SUFFIX, labels);
        return await engine.createNetwork({ ...bridge(names.network, labels), IPAM: range });
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        const existing = await engine.inspectNetwork(names.network);
        if (existing) return ownId(existing, spec.tenant_id, holder);
        if (!/overlap/i.test(error.reason) || attempt === MAX_ATTEMPTS)
          throw new ContainerFailureError(toFailure(error.reason));
      }
    }
  });
}

async function chooseRange(engine: Engine, name: string, labels: Record<string, string>) {
  const id = await engine.createNetwork(bridge(name, labels));
  const Config = (await engine.inspectNetwork(id))?.IPAM?.Config ?? [];
  await engine.removeNetwork(id);
  return { Driver: 'default', Config };
}

function bridge(name: string, labels: Record<string, string>): Docker.NetworkCreateOptions {
  return { Name: name, CheckDuplicate: true, Driver: 'bridge', Labels: labels };
}

function ownId(network: Docker.NetworkInspectInfo, tenantId: string, holder: Holder): string {
  if (isTenants(network.Labels, tenantId, holder)) return network.Id;
  throw new ContainerFailureError(nameInUse('network', network.Name));
}

/**
 * Makes a running container resolvable under `alias`. The engine sets aliases only when it connects a container, so the
 * container is reconnected under the same address. It was not resolvable before, so no client misses it meanwhile.
 */
export async function addAlias(engine: Engine, network: string, id: string, alias: string): Promise<void> {
  const inspected = await engine.inspectContainer(id);
  const endpoints = inspected?.NetworkSettings.Networks ?? {};
  const endpoint =
    Object.values(endpoints).find(({ NetworkID }) => NetworkID === network) ??
    // Podman returns the name of the network in place of its id.
    endpoints[(await engine.inspectNetwork(network))?.Name ?? ''];
  if (!inspected || (Array.isArray(endpoint?.Aliases) && endpoint.Aliases.includes(alias))) return;
  const address = endpoint?.IPAddress;
  if (endpoint) await engine.disconnect(network, id);
  await engine.connect(network, {
    Container: id,
    EndpointConfig: { Aliases: [alias], ...(address && { IPAMConfig: { IPv4Address: address } }) },
  });
}

/** Removes a tenant's networks. Throws `DestroyFailedError` if containers of others are connected: those are not touched. */
export async function removeNetworks(engine: Engine, networks: readonly OwnedNetwork[]): Promise<void> {
  for (const { id, name } of networks) {
    try {
      await engine.removeNetwork(id);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const { Containers = {} } = (await engine.inspectNetwork(id)) ?? {};
      const others = Object.values(Containers ?? {}).map((container) => container.Name);
      if (others.length === 0) throw new DestroyFailedError(`the network ${name} cannot be removed: ${error.reason}`);
      throw new DestroyFailedError(`containers of others are connected to the network ${name}: ${others.join(', ')}`, {
        hint: 'Disconnect them, then destroy the tenant again.',
      });
    }
  }
}
